// SPDX-License-Identifier: Apache-2.0
#include "server/packages.h"

#include <algorithm>

#include "api/errors.h"
#include "arrow/ipc.h"
#include "server/files.h"

namespace hotload::server {

namespace {

constexpr std::chrono::seconds kIdle{60};

std::string text_of(const PackageKey& key) {
  std::string text;
  for (const std::string* part :
       {&key.database_id, &key.load.schema, &key.load.schema_name, &key.load.load_id}) {
    text += std::to_string(part->size()) + ":" + *part;
  }
  return text;
}

// The Arrow IPC stream that the file is.
ArrowStream arrow_file(const std::filesystem::path& path) {
  const auto file = std::make_shared<File>(path, File::Mode::kRead);
  return arrow::read_ipc([file, at = int64_t{0}](uint8_t* out, int64_t size) mutable {
    const auto got = static_cast<int64_t>(file->read_at(at, out, static_cast<size_t>(size)));
    at += got;
    return got;
  });
}

bool is_staged(Load& load, const StagedInput& input) {
  const std::vector<StagedFile> files = load.staged();
  return std::any_of(files.begin(), files.end(), [&](const StagedFile& file) {
    return file.table == input.table && file.job_id == input.job_id;
  });
}

}  // namespace

Packages::Changing::Changing(std::shared_ptr<Load> load, std::shared_ptr<std::shared_mutex> door)
    : load_(std::move(load)), door_(std::move(door)), inside_(*door_) {
  if (!load_->receipt()) return;
  throw api::Failure(409, api::kConflict,
                     "load '" + load_->key().load_id +
                         "' is committed: nothing is added to it any more; use another load id",
                     {}, ErrorCode::kFailedPrecondition);
}

Packages::Changing Packages::change(const PackageKey& key) {
  const Opened opened = find(key);
  return {opened.load, opened.door};
}

Packages::Opened Packages::find(const PackageKey& key) {
  const std::shared_ptr<Database> database = databases_.open(key.database_id);
  std::lock_guard lock(mutex_);
  Opened& opened = opened_[text_of(key)];
  opened.used = Clock::now();
  if (opened.load == nullptr) {
    try {
      opened.load = database->open_load(key.load, {.restricted = restricted_});
      opened.door = std::make_shared<std::shared_mutex>();
    } catch (...) {
      opened_.erase(text_of(key));
      throw;
    }
  }
  return opened;
}

void Packages::close(const PackageKey& key) {
  std::lock_guard lock(mutex_);
  opened_.erase(text_of(key));
}

void Packages::close_idle() {
  const Clock::time_point oldest = Clock::now() - kIdle;
  std::lock_guard lock(mutex_);
  std::erase_if(opened_, [&](const auto& entry) {
    // One that somebody adds to keeps its door.
    return entry.second.used < oldest && entry.second.door.use_count() == 1;
  });
}

api::LoadOutcome Packages::outcome(const PackageKey& key) {
  using State = api::LoadOutcome::State;
  if (const auto receipt = open(key)->receipt()) return {State::kCommitted, receipt};
  const std::vector<PendingLoad> pending = databases_.open(key.database_id)->pending_loads();
  const bool kept = std::any_of(pending.begin(), pending.end(),
                                [&](const PendingLoad& load) { return load.key == key.load; });
  return {kept ? State::kPending : State::kOpen, {}};
}

StagedFile Packages::stage(const PackageKey& key, const StagedInput& input) {
  const Changing load = change(key);
  const std::string job = text_of(key) + "/" + input.table + "/" + input.job_id;
  const Claims::Held staging(staging_, job, "this job is being staged");
  Slots::Taken slot(slots_);
  // What is staged is not read again: the upload may be gone.
  const bool known = is_staged(*load, input);
  if (!known && !fs::exists(input.path)) {
    throw api::Failure(409, api::kConflict, "this upload was used: upload the file again");
  }
  if (input.form.arrow) {
    return load->stage_stream(input.table, input.job_id,
                              known ? ArrowStream() : arrow_file(input.path));
  }
  return load->stage_file(input.table, input.job_id, input.path.string(), input.form.options);
}

std::vector<Column> Packages::columns(const PackageKey& key, const StagedInput& input) {
  if (input.form.arrow) throw api::bad_request("an Arrow stream tells its columns itself");
  const std::shared_ptr<Load> load = open(key);
  Slots::Taken slot(slots_);
  return load->file_columns(input.path.string(), input.form.options);
}

Receipt Packages::commit(const PackageKey& key) {
  const Opened opened = find(key);
  const std::unique_lock alone(*opened.door);
  Slots::Taken slot(slots_);
  const Receipt receipt = opened.load->commit();
  close(key);
  return receipt;
}

void Packages::abort(const PackageKey& key) {
  open(key)->abort();
  close(key);
}

}  // namespace hotload::server
