// SPDX-License-Identifier: Apache-2.0
#include "server/services.h"

#include "server/handlers.h"
#include "server/text.h"

namespace hotload::server {

namespace {

constexpr int64_t kRecordSeconds = 7 * 24 * 3600;  // of runs and jobs that are done

std::filesystem::path made(const std::filesystem::path& folder) {
  make_folder(folder);
  return folder;
}

}  // namespace

std::filesystem::path server_folder(const Config& config) {
  return config.root / (config.workspace + ".server");
}

std::filesystem::path lake_folder(const Config& config) {
  return config.root / (config.workspace + ".lake");
}

Services::Services(const Config& configured, Workspace& the_workspace)
    : config(configured),
      workspace(the_workspace),
      journal(made(server_folder(config)) / "journal.jsonl"),
      keys(config),
      slots(config.engine_slots, config.max_waiting),
      databases(workspace, journal),
      uploads(config, journal, server_folder(config) / "uploads"),
      results(journal, server_folder(config) / "results", config.result_ttl_s),
      loader(databases, uploads, results, journal, slots, server_folder(config) / "scratch"),
      queries(config, databases, results, journal, slots),
      jobs(journal, config.engine_slots, config.max_waiting) {
  define_jobs(*this);
  jobs.resume();
}

void Services::tidy() {
  databases.remove_expired();
  uploads.remove_expired();
  results.remove_expired();
  queries.remove_older_than(now_utc(-kRecordSeconds));
  jobs.remove_older_than(now_utc(-kRecordSeconds));
}

void Services::stop() {
  queries.stop();
  jobs.stop();
}

}  // namespace hotload::server
