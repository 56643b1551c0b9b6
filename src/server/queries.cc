// SPDX-License-Identifier: Apache-2.0
#include "server/queries.h"

#include <chrono>
#include <thread>

#include "api/errors.h"
#include "server/failures.h"
#include "server/finally.h"
#include "server/text.h"

namespace hotload::server {

using api::DatabaseInfo;
using api::Failure;
using api::QueryRequest;
using api::QueryRun;
using api::RunStatus;

namespace {

constexpr const char* kRunKind = "query_run";
constexpr std::chrono::milliseconds kInterruptPause{50};

// A statement that cannot be run is the request's fault, also when what it names is not there.
Failure statement_failure(const Error& error) {
  const Failure failure = api::failure_of(error);
  const bool of_statement =
      failure.status() == 404 || failure.status() == 409 || error.code() == ErrorCode::kUnsupported;
  if (!of_statement || error.transient()) return failure;
  return {400, failure.code(), failure.what()};
}

const char* const kCanceled = "the query was canceled: ";

// 400: it is not to be sent again by itself.
Failure canceled(const std::string& why) {
  return {400, "QUERY_CANCELED", why.starts_with(kCanceled) ? why : kCanceled + why};
}

}  // namespace

Queries::Queries(const Config& config, Databases& databases, Results& results, Journal& journal,
                 Slots& slots)
    : config_(config),
      databases_(databases),
      results_(results),
      journal_(journal),
      slots_(slots),
      tasks_(config.local ? 0 : config.engine_slots, config.max_waiting) {
  for (const boost::json::value& record : journal_.list(kRunKind)) {
    QueryRun run = api::run_from_json(record);
    if (run.status != RunStatus::kRunning) continue;
    run.status = RunStatus::kInterrupted;
    run.error_message = "the server was restarted while the query ran";
    put(run);
  }
}

void Queries::put(const QueryRun& run) {
  journal_.put(kRunKind, run.id, to_json(run), Journal::Durable::kSoon);
}

QueryRun Queries::open_run(const DatabaseInfo& database, const QueryRequest& request) {
  if (static_cast<int64_t>(request.sql.size()) > config_.max_sql_bytes) {
    throw api::bad_request("a statement has at most " + std::to_string(config_.max_sql_bytes) +
                           " bytes");
  }
  QueryRun run;
  run.id = "run" + random_hex(12);
  run.database_id = database.id;
  run.created_at = now_utc();
  run.sql_text = request.sql;
  run.saved_query_id = request.saved_query_id;
  run.sql_hash = sha256_hex(request.sql);
  put(run);
  return run;
}

std::unique_ptr<Session> Queries::open_session(const DatabaseInfo& database,
                                               const QueryRequest& request) const {
  SessionOptions options;
  options.schema =
      request.default_schema.empty() ? database.default_schema : request.default_schema;
  options.read_only = true;
  options.restricted = true;
  options.catalog = database.default_catalog;
  for (const api::Attachment& attached : database.attachments) {
    const DatabaseInfo other = databases_.by_connection(attached.connection_id);
    options.attachments.push_back({catalog_of(attached, other), databases_.open(other.id)});
  }
  return databases_.open(database.id)->open_session(options);
}

void Queries::begin(const QueryRun& run) {
  std::lock_guard lock(mutex_);
  const QueryRun now = get(run.id);
  // Canceled while it waited for a thread.
  if (now.status != RunStatus::kRunning) throw canceled(now.error_message.value_or(""));
  running_[run.id].database_id = run.database_id;
}

void Queries::end(Running& running, const Failure& why) {
  if (!running.ended_as) running.ended_as.emplace(why);
  if (running.session != nullptr) running.session->interrupt();
}

Result Queries::read(Session& session, const QueryRun& run) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) throw Failure(503, api::kUnavailable, "the server is stopping", 1);
    Running& running = running_[run.id];
    if (running.ended_as) throw Failure(*running.ended_as);
    running.session = &session;
    if (config_.query_timeout_s > 0) {
      running.deadline = Clock::now() + std::chrono::seconds(config_.query_timeout_s);
    }
  }
  const Finally ended([&] {
    std::lock_guard lock(mutex_);
    running_[run.id].session = nullptr;
  });
  try {
    return results_.keep(run.database_id, session.query(run.sql_text, {}));
  } catch (const Error& error) {
    std::lock_guard lock(mutex_);
    const std::optional<Failure>& why = running_[run.id].ended_as;
    if (why && !stopping_) throw Failure(*why);
    throw statement_failure(error);
  }
}

void Queries::execute(QueryRun& run, const DatabaseInfo& database, const QueryRequest& request) {
  const Clock::time_point begun = Clock::now();
  const auto end = [&](RunStatus status) {
    run.status = status;
    run.completed_at = now_utc();
    run.execution_time_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count();
    put(run);
  };
  const auto fail = [&](const Failure& failure) {
    run.error_message = without_paths(failure.what(), config_);
    end(may_succeed_later(failure) ? RunStatus::kInterrupted : RunStatus::kFailed);
    throw failure;
  };
  const Finally over([&] {
    std::lock_guard lock(mutex_);
    running_.erase(run.id);
  });
  try {
    begin(run);
    Slots::Taken slot(slots_);
    const std::unique_ptr<Session> session = open_session(database, request);
    const Result result = read(*session, run);
    run.result_id = result.id;
    run.row_count = result.rows;
    end(RunStatus::kSucceeded);
  } catch (const Error& error) {
    fail(statement_failure(error));
  } catch (...) {
    fail(client_failure(config_));
  }
}

QueryRun Queries::run(const DatabaseInfo& database, const QueryRequest& request, Client& client) {
  QueryRun run = open_run(database, request);
  client.when_gone([this, id = run.id] { cancel(id, "its client has gone"); });
  const Finally answered([&client] { client.when_gone(nullptr); });
  execute(run, database, request);
  return run;
}

void Queries::cancel(const std::string& id, const std::string& why) {
  std::lock_guard lock(mutex_);
  const auto found = running_.find(id);
  if (found != running_.end()) return end(found->second, canceled(why));
  QueryRun run = get(id);
  if (run.status != RunStatus::kRunning) return;
  run.status = RunStatus::kFailed;
  run.completed_at = now_utc();
  run.error_message = canceled(why).what();
  put(run);
}

void Queries::cancel_all_of(const std::string& database_id, const std::string& why) {
  std::lock_guard lock(mutex_);
  for (auto& [id, running] : running_) {
    if (running.database_id == database_id) end(running, canceled(why));
  }
}

QueryRun Queries::start(const DatabaseInfo& database, const QueryRequest& request,
                        int64_t wait_ms) {
  QueryRun run = open_run(database, request);
  try {
    tasks_.submit(run.id, [this, run, database, request]() mutable {
      try {
        execute(run, database, request);
      } catch (const Failure&) {
        // The run tells it.
      }
    });
  } catch (const Failure&) {
    // Nobody has heard of it.
    journal_.erase(kRunKind, run.id, Journal::Durable::kSoon);
    throw;
  }
  if (wait_ms > 0) tasks_.wait(run.id, wait_ms);
  return get(run.id);
}

QueryRun Queries::get(const std::string& id) const {
  const auto record = journal_.get(kRunKind, id);
  if (!record) throw api::not_found("query run '" + id + "'");
  return api::run_from_json(*record);
}

std::vector<QueryRun> Queries::list(const std::string& database_id) const {
  std::vector<QueryRun> all;
  for (const boost::json::value& record : journal_.list(kRunKind)) {
    QueryRun run = api::run_from_json(record);
    if (run.database_id == database_id) all.push_back(std::move(run));
  }
  return all;
}

void Queries::remove_older_than(const std::string& time) {
  for (const boost::json::value& record : journal_.list(kRunKind)) {
    const QueryRun run = api::run_from_json(record);
    if (run.status != RunStatus::kRunning && run.created_at < time) {
      journal_.erase(kRunKind, run.id, Journal::Durable::kSoon);
    }
  }
}

void Queries::interrupt_overdue() {
  std::lock_guard lock(mutex_);
  const Failure late = query_timeout(config_);
  for (auto& [id, running] : running_) {
    if (running.ended_as || running.deadline <= Clock::now()) end(running, late);
  }
}

void Queries::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  // An interrupt does nothing to a statement that is about to begin.
  while (!running_.empty()) {
    for (auto& [id, running] : running_) {
      if (running.session != nullptr) running.session->interrupt();
    }
    lock.unlock();
    std::this_thread::sleep_for(kInterruptPause);
    lock.lock();
  }
  lock.unlock();
  tasks_.stop();
}

}  // namespace hotload::server
