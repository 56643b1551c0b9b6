// SPDX-License-Identifier: Apache-2.0
#include "lake/staging.h"

#include <algorithm>
#include <cctype>

#include "lake/failpoint.h"
#include "lake/staging_json.h"
#include "model/short_hash.h"

namespace hotload::lake {

namespace {

constexpr const char* kIntentFile = "load.json";

std::string utc_of(fs::file_time_type time) {
  const auto system = std::chrono::file_clock::to_sys(time);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(system.time_since_epoch());
  const std::time_t whole = seconds.count();
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::shared_ptr<const Intent> empty_intent(const LoadKey& key) {
  Intent intent;
  intent.key = key;
  return std::make_shared<const Intent>(std::move(intent));
}

}  // namespace

int64_t Job::rows() const {
  int64_t sum = 0;
  for (const JobFile& file : files) sum += file.rows;
  return sum;
}

int64_t Job::size_bytes() const {
  int64_t sum = 0;
  for (const JobFile& file : files) sum += file.size_bytes;
  return sum;
}

std::string Staging::folder_name(const LoadKey& key) {
  std::string name;
  for (const char c : key.load_id.substr(0, 40)) {
    name += std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ? c : '_';
  }
  return name + "-" + model::short_hash(key.schema + '\0' + key.schema_name + '\0' + key.load_id);
}

std::shared_ptr<Staging> Staging::open(const fs::path& staging_folder, const LoadKey& key) {
  auto staging = std::make_shared<Staging>(staging_folder / folder_name(key), key);
  staging->read();
  return staging;
}

bool Staging::holds_load(const fs::path& folder) { return fs::exists(folder / kIntentFile); }

std::vector<PendingLoad> Staging::list(const fs::path& staging_folder) {
  std::vector<PendingLoad> loads;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(staging_folder, error)) {
    if (!holds_load(entry.path())) continue;
    PendingLoad load;
    try {
      load.key = intent_from_json(read_file(entry.path() / kIntentFile)).key;
    } catch (const Error& failure) {
      if (failure.code() == ErrorCode::kNotFound) continue;  // committed in this very moment
      throw;
    }
    fs::file_time_type touched = fs::last_write_time(entry.path() / kIntentFile, error);
    for (const fs::directory_entry& file : fs::directory_iterator(entry.path() / "jobs", error)) {
      if (file.path().extension() == ".json") ++load.jobs;
      if (file.path().extension() == ".parquet") {
        load.size_bytes += static_cast<int64_t>(file.file_size(error));
      }
      touched = std::max(touched, file.last_write_time(error));
    }
    load.touched_at = utc_of(touched);
    loads.push_back(std::move(load));
  }
  return loads;
}

Staging::Staging(fs::path folder, LoadKey key) : folder_(std::move(folder)), key_(std::move(key)) {
  intent_ = empty_intent(key_);
}

void Staging::read() {
  std::lock_guard lock(mutex_);
  if (!fs::exists(folder_ / kIntentFile)) return;
  intent_ = std::make_shared<Intent>(intent_from_json(read_file(folder_ / kIntentFile)));
  std::error_code error;
  for (const fs::directory_entry& file : fs::directory_iterator(jobs_folder(), error)) {
    if (file.path().extension() != ".json") continue;
    Job job = job_from_json(read_file(file.path()));
    next_order_ = std::max(next_order_, job.order + 1);
    jobs_[job_prefix(job.table, job.job_id)] = std::move(job);
  }
}

void Staging::make_folder() const {
  if (fs::exists(scratch_folder())) return;
  std::error_code error;
  // Not its parents: a database that was dropped does not come back as a folder.
  fs::create_directory(folder_, error);
  if (!error) fs::create_directory(jobs_folder(), error);
  if (!error) fs::create_directory(scratch_folder(), error);
  if (error) throw_errno(error.value(), "create", folder_);
  // What lies in the load's own folder is synced with its first file.
  sync_directory(folder_.parent_path());
}

void Staging::write(const Intent& intent) {
  make_folder();
  write_file_synced(folder_ / kIntentFile, to_json_text(intent));
  failpoint("stage.intent");
}

void Staging::begin() {
  std::lock_guard lock(mutex_);
  if (!fs::exists(folder_ / kIntentFile)) write(*intent_);
}

std::shared_ptr<const Intent> Staging::intent() const {
  std::lock_guard lock(mutex_);
  return intent_;
}

std::vector<Job> Staging::jobs() const {
  std::lock_guard lock(mutex_);
  std::vector<Job> all;
  for (const auto& [prefix, job] : jobs_) all.push_back(job);
  std::sort(all.begin(), all.end(), [](const Job& a, const Job& b) { return a.order < b.order; });
  return all;
}

std::optional<Job> Staging::job(const std::string& table, const std::string& job_id) const {
  std::lock_guard lock(mutex_);
  auto found = jobs_.find(job_prefix(table, job_id));
  return found == jobs_.end() ? std::nullopt : std::optional(found->second);
}

std::string Staging::job_prefix(const std::string& table, const std::string& job_id) {
  return model::short_hash(table + '\0' + job_id);
}

void Staging::add(Job job) {
  {
    std::lock_guard lock(mutex_);
    job.order = next_order_++;
  }
  for (const JobFile& file : job.files) sync_file(jobs_folder() / file.name);
  failpoint("stage.synced");
  const std::string prefix = job_prefix(job.table, job.job_id);
  // The folder's sync after the rename covers the names of the files before it too.
  write_file_synced(jobs_folder() / (prefix + ".json"), to_json_text(job));
  failpoint("stage.recorded");
  std::lock_guard lock(mutex_);
  jobs_[prefix] = std::move(job);
}

void Staging::clear() {
  std::lock_guard lock(mutex_);
  // The intent goes first: without it the rest is an orphan, never half a load.
  std::error_code ignored;
  fs::remove(folder_ / kIntentFile, ignored);
  remove_quietly(folder_);
  intent_ = empty_intent(key_);
  jobs_.clear();
  next_order_ = 0;
}

}  // namespace hotload::lake
