// SPDX-License-Identifier: Apache-2.0
#include "server/services.h"

#include <functional>

#include "server/folder_databases.h"
#include "server/handlers.h"
#include "server/log.h"
#include "server/text.h"

namespace hotload::server {

namespace {

constexpr const char* kJournalFile = "journal.jsonl";
constexpr int64_t kRecordSeconds = 7 * 24 * 3600;  // of runs and jobs that are done

std::filesystem::path made(const std::filesystem::path& folder) {
  make_folder(folder);
  return folder;
}

// One that fails does not keep the others from being tidied.
void tidied(const char* what, const std::function<void()>& remove) {
  try {
    remove();
  } catch (const std::exception& error) {
    log(LogLevel::kWarning, std::string("old ") + what + " stay: " + error.what());
  }
}

}  // namespace

std::filesystem::path server_folder(const Config& config) {
  if (config.local) return config.root / "spill" / "local";
  return config.root / (config.workspace + ".server");
}

std::filesystem::path lake_folder(const Config& config) {
  return config.root / (config.workspace + ".lake");
}

Services::Services(const Config& configured, Workspace& the_workspace)
    : config(configured),
      workspace(the_workspace),
      journal(config.local ? std::filesystem::path() : made(server_folder(config)) / kJournalFile),
      keys(config),
      slots(config.engine_slots, config.max_waiting, config.slot_timeout_s),
      own_databases(config.local ? std::make_unique<FolderDatabases>(workspace, journal)
                                 : std::make_unique<Databases>(workspace, journal)),
      databases(*own_databases),
      uploads(config, journal, server_folder(config) / "uploads"),
      results(journal, config.local ? std::filesystem::path() : server_folder(config) / "results",
              config.result_ttl_s, config.max_result_bytes),
      loader(databases, uploads, results, journal, slots, server_folder(config) / "scratch"),
      packages(databases, slots, !config.local),
      sessions(config, databases, slots),
      queries(config, databases, results, journal, slots),
      jobs(config, journal) {
  databases.when_removed([this](const std::string& id) {
    queries.cancel_all_of(id, "its database was deleted");
    sessions.close_all_of(id);
  });
  if (config.local) return;
  define_jobs(*this);
  jobs.resume();
}

void Services::tidy() {
  const std::string oldest = now_utc(-kRecordSeconds);
  tidied("databases", [&] { databases.remove_expired(); });
  tidied("uploads", [&] { uploads.remove_expired(); });
  tidied("open loads", [&] { packages.close_idle(); });
  tidied("results", [&] { results.remove_expired(); });
  tidied("query runs", [&] { queries.remove_older_than(oldest); });
  tidied("jobs", [&] { jobs.remove_older_than(oldest); });
  tidied("receipts", [&] { loader.forget_receipts_before(oldest); });
}

void Services::stop() {
  sessions.stop();
  queries.stop();
  jobs.stop();
}

}  // namespace hotload::server
