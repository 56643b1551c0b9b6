// SPDX-License-Identifier: Apache-2.0
#include "server/jobs.h"

#include <chrono>
#include <thread>

#include "model/json_reader.h"
#include "server/failures.h"
#include "server/text.h"

namespace hotload::server {

using api::Failure;
using api::Job;
using api::JobStatus;
using boost::json::object;
using boost::json::value;

namespace {

constexpr const char* kJobKind = "job";
constexpr int64_t kMaxAttempts = 3;

bool is_done(const Job& job) { return job.status >= JobStatus::kSucceeded; }

void update_record(object& record, const Job& job) {
  for (const auto& [field, now] : to_json(job)) record[field] = now;
}

}  // namespace

Jobs::Jobs(const Config& config, Journal& journal)
    : config_(config),
      journal_(journal),
      tasks_(config.local ? 0 : config.engine_slots, config.max_waiting) {}

void Jobs::define(const std::string& job_type, Work work) { works_[job_type] = std::move(work); }

void Jobs::resume() {
  for (const value& record : journal_.list(kJobKind)) {
    const Job job = api::job_from_json(record);
    if (is_done(job)) continue;
    {
      std::lock_guard lock(mutex_);
      const std::string name(record.at("name").as_string());
      if (!name.empty()) named_[name] = job.id;
    }
    start(job.id);
  }
}

Job Jobs::submit(const std::string& job_type, const std::string& name, const value& payload) {
  Job job;
  {
    std::lock_guard lock(mutex_);
    if (const auto there = named_.find(name); there != named_.end()) return get(there->second);
    job.id = "job" + random_hex(12);
    job.job_type = job_type;
    job.created_at = now_utc();
    object record = to_json(job);
    record["name"] = name;
    record["payload"] = payload;
    journal_.put(kJobKind, job.id, record);
    if (!name.empty()) named_[name] = job.id;
  }
  try {
    start(job.id);
  } catch (const Failure&) {
    std::lock_guard lock(mutex_);
    named_.erase(name);
    journal_.erase(kJobKind, job.id);
    throw;
  }
  return job;
}

void Jobs::start(const std::string& id) {
  tasks_.submit(id, [this, id] { run(id); });
}

void Jobs::run(const std::string& id) {
  const auto found = journal_.get(kJobKind, id);
  if (!found) return;
  object record = found->as_object();
  Job job = api::job_from_json(record);
  while (!attempt(job, record)) {
    if (stopping_) return leave(std::move(job), std::move(record));
    std::this_thread::sleep_for(std::chrono::milliseconds(200 * job.attempts));
  }
  finish(std::move(job), std::move(record));
}

bool Jobs::attempt(Job& job, object& record) {
  try {
    // A job that takes the process with it would do so at every start.
    if (job.attempts >= kMaxAttempts) {
      throw Failure(500, api::kInternal, "the server ended each time that the job ran");
    }
    job.status = JobStatus::kRunning;
    ++job.attempts;
    update_record(record, job);
    journal_.put(kJobKind, job.id, record, Journal::Durable::kSoon);
    job.result = works_.at(job.job_type)(record.at("payload"));
    job.status = JobStatus::kSucceeded;
  } catch (...) {
    const Failure failure = client_failure(config_);
    if (may_succeed_later(failure) && (stopping_ || job.attempts < kMaxAttempts)) return false;
    job.status = JobStatus::kFailed;
    job.error_message = failure.what();
    record["failure"] = {{"status", failure.status()}, {"code", failure.code()}};
  }
  return true;
}

void Jobs::stop() {
  stopping_ = true;
  tasks_.stop();
}

// A stop is no attempt that failed.
void Jobs::leave(Job job, object record) {
  --job.attempts;
  job.status = JobStatus::kPending;
  update_record(record, job);
  journal_.put(kJobKind, job.id, record);
}

void Jobs::finish(Job job, object record) {
  job.completed_at = now_utc();
  update_record(record, job);
  record["payload"] = nullptr;
  std::lock_guard lock(mutex_);
  named_.erase(std::string(record.at("name").as_string()));
  journal_.put(kJobKind, job.id, record);
}

Job Jobs::wait(const std::string& id, int64_t timeout_ms) {
  tasks_.wait(id, timeout_ms);
  return get(id);
}

Job Jobs::get(const std::string& id) const {
  const auto record = journal_.get(kJobKind, id);
  if (!record) throw api::not_found("job '" + id + "'");
  return api::job_from_json(*record);
}

void Jobs::rethrow(const std::string& id) const {
  const auto record = journal_.get(kJobKind, id);
  if (!record || record->as_object().find("failure") == record->as_object().end()) return;
  model::JsonReader failure(record->at("failure"), "failure");
  const Failure known(static_cast<int>(failure.integer("status", 500)), failure.text("code"), "");
  throw Failure(known.status(), known.code(),
                api::job_from_json(*record).error_message.value_or(""),
                may_succeed_later(known) ? std::optional<int>(1) : std::nullopt);
}

std::vector<Job> Jobs::list() const {
  std::vector<Job> all;
  for (const value& record : journal_.list(kJobKind)) all.push_back(api::job_from_json(record));
  return all;
}

void Jobs::remove_older_than(const std::string& time) {
  for (const Job& job : list()) {
    if (is_done(job) && job.created_at < time) {
      journal_.erase(kJobKind, job.id, Journal::Durable::kSoon);
    }
  }
}

}  // namespace hotload::server
