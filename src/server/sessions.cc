// SPDX-License-Identifier: Apache-2.0
#include "server/sessions.h"

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "api/errors.h"
#include "server/failures.h"
#include "server/text.h"

namespace hotload::server {

using api::Failure;

namespace {

// What the last call that did something has done, for a client that asks again.
struct Done {
  int64_t sequence = 0;
  int64_t rows_changed = -1;
  std::optional<Error> failed;
};

// Whether a statement that failed so may have been committed all the same.
bool is_outcome_unknown(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kIo ||
         code == ErrorCode::kExhausted || code == ErrorCode::kInternal;
}

}  // namespace

struct Sessions::Open {
  Open(std::string the_key, std::string the_database, std::unique_ptr<Session> the_session)
      : key_id(std::move(the_key)),
        database_id(std::move(the_database)),
        session(std::move(the_session)) {}

  const std::string key_id;
  const std::string database_id;
  const std::unique_ptr<Session> session;
  bool refuses_writes = false;  // though the client has asked for a session that writes
  std::mutex busy;              // held while a statement runs; guards what follows
  Done done;
  std::atomic<bool> in_transaction{false};
  std::atomic<int64_t> users{0};
  std::atomic<Clock::time_point> used{Clock::now()};
};

Sessions::Timer::Timer(Sessions& sessions, std::shared_ptr<Open> session)
    : sessions_(sessions),
      session_(std::move(session)),
      left_(std::chrono::seconds(sessions.config_.query_timeout_s)) {}

void Sessions::Timer::start() {
  std::lock_guard lock(sessions_.timing_);
  deadline_ = Clock::now() + left_;
  sessions_.timed_.insert(this);
}

void Sessions::Timer::stop() {
  std::lock_guard lock(sessions_.timing_);
  left_ = deadline_ - Clock::now();
  sessions_.timed_.erase(this);
}

void Sessions::Timer::rethrow() {
  {
    std::lock_guard lock(sessions_.timing_);
    if (overdue_) throw query_timeout(sessions_.config_);
  }
  throw;
}

void Sessions::interrupt_overdue() {
  if (config_.query_timeout_s == 0) return;
  std::lock_guard lock(timing_);
  for (Timer* timer : timed_) {
    if (timer->deadline_ > Clock::now()) continue;
    timer->overdue_ = true;
    timer->session_->session->interrupt();
  }
}

void Sessions::restrict(SessionOptions& options, const api::DatabaseInfo& database) const {
  options.restricted = true;
  options.catalog = database.default_catalog;
  if (options.schema.empty()) options.schema = database.default_schema;
  for (const api::Attachment& attached : database.attachments) {
    if (!options.as_of.empty()) break;  // the others have a past of their own
    const api::DatabaseInfo other = databases_.by_connection(attached.connection_id);
    options.attachments.push_back({catalog_of(attached, other), databases_.open(other.id)});
  }
}

std::string Sessions::open(const api::DatabaseInfo& database, const std::string& key_id,
                           const SessionOptions& asked) {
  SessionOptions options = asked;
  if (!config_.local) restrict(options, database);
  const bool reads_alone = !config_.reads_alone.empty() && !asked.read_only;
  if (reads_alone) options.read_only = true;
  auto session = std::make_shared<Open>(key_id, database.id,
                                        databases_.open(database.id)->open_session(options));
  session->refuses_writes = reads_alone && asked.as_of.empty();
  const std::string id = "ses" + random_hex(16);
  std::lock_guard lock(mutex_);
  if (stopping_) throw Failure(503, api::kUnavailable, "the server is stopping", 1);
  if (static_cast<int64_t>(open_.size()) >= config_.max_sessions) {
    throw Failure(429, api::kOverloaded, "too many sessions are open; close some", 1);
  }
  open_[id] = std::move(session);
  return id;
}

std::shared_ptr<Sessions::Open> Sessions::get(const std::string& id, const std::string& key_id) {
  std::lock_guard lock(mutex_);
  const auto found = open_.find(id);
  if (found == open_.end() || found->second->key_id != key_id) {
    throw api::not_found("session '" + id + "' (it may have been idle for too long)");
  }
  found->second->used = Clock::now();
  return found->second;
}

template <typename Work>
Sessions::Answer Sessions::once(Open& session, int64_t sequence, Work work) {
  ++session.users;
  const Finally ended([&session] {
    session.used = Clock::now();
    --session.users;
  });
  std::lock_guard busy(session.busy);
  if (sequence != 0 && sequence == session.done.sequence) {
    if (session.done.failed) throw *session.done.failed;
    return {session.session->query("SELECT 1 AS \"Count\" WHERE false", {}),
            session.done.rows_changed, session.session->in_transaction()};
  }
  Answer answer;
  const bool was_open = session.session->in_transaction();
  try {
    // Others may wait for what an open transaction holds: it never waits for them.
    std::optional<Slots::Taken> slot;
    if (!was_open) slot.emplace(slots_);
    answer = work(*session.session);
  } catch (const Failure&) {
    session.in_transaction = session.session->in_transaction();
    throw;
  } catch (const Error& error) {
    session.in_transaction = session.session->in_transaction();
    const bool ended = was_open && !session.in_transaction;
    if (ended || is_outcome_unknown(error.code())) session.done = {sequence, -1, error};
    throw;
  }
  answer.in_transaction = session.session->in_transaction();
  session.in_transaction = answer.in_transaction;
  if (answer.rows_changed >= 0) session.done = {sequence, answer.rows_changed, {}};
  return answer;
}

Sessions::Answer Sessions::run(const std::string& id, const std::string& key_id,
                               const api::StatementRequest& request) {
  if (static_cast<int64_t>(request.sql.size()) > config_.max_sql_bytes) {
    throw api::bad_request("a statement has at most " + std::to_string(config_.max_sql_bytes) +
                           " bytes");
  }
  const std::shared_ptr<Open> open = get(id, key_id);
  const auto timer = std::make_shared<Timer>(*this, open);
  try {
    Answer answer = once(*open, request.sequence, [&](Session& session) {
      const bool before = session.in_transaction();
      Answer done{timer->run([&] { return session.query(request.sql, request.parameters); }),
                  session.rows_changed(), false};
      // BEGIN, COMMIT, ROLLBACK: they are not to be done twice either.
      if (before != session.in_transaction()) done.rows_changed = 0;
      return done;
    });
    answer.timer = timer;
    return answer;
  } catch (const Error& error) {
    const bool refused = open->refuses_writes && error.code() == ErrorCode::kPermission &&
                         std::string_view(error.what()).find("read-only") != std::string_view::npos;
    if (!refused) throw;
    throw api::reads_alone(config_.reads_alone);
  }
}

Sessions::Answer Sessions::step(const std::string& id, const std::string& key_id, Step step,
                                int64_t sequence) {
  return once(*get(id, key_id), sequence, [step](Session& session) {
    if (step == Step::kBegin) session.begin();
    if (step == Step::kCommit) session.commit();
    if (step == Step::kRollback) session.rollback();
    return Answer{{}, 0, false};
  });
}

void Sessions::interrupt(const std::string& id, const std::string& key_id) {
  get(id, key_id)->session->interrupt();
}

void Sessions::close(const std::string& id, const std::string& key_id) {
  const std::shared_ptr<Open> session = get(id, key_id);
  // Rows that are still being sent may be read to their end.
  if (session->users > 0) session->session->interrupt();
  std::lock_guard lock(mutex_);
  open_.erase(id);
}

void Sessions::close_all_of(const std::string& database_id) {
  std::vector<std::shared_ptr<Open>> gone;  // closed when the lock is given back
  std::lock_guard lock(mutex_);
  for (auto it = open_.begin(); it != open_.end();) {
    const bool of_it = it->second->database_id == database_id;
    if (of_it && it->second->users > 0) it->second->session->interrupt();
    if (of_it) gone.push_back(it->second);
    it = of_it ? open_.erase(it) : std::next(it);
  }
}

void Sessions::close_idle() {
  std::vector<std::shared_ptr<Open>> gone;  // closed when the lock is given back
  std::lock_guard lock(mutex_);
  for (auto it = open_.begin(); it != open_.end();) {
    const Open& session = *it->second;
    const std::chrono::seconds patience(session.in_transaction ? config_.transaction_idle_s
                                                               : config_.session_idle_s);
    const bool idle = session.users == 0 && Clock::now() - session.used.load() > patience;
    if (idle) gone.push_back(it->second);
    it = idle ? open_.erase(it) : std::next(it);
  }
}

void Sessions::stop() {
  std::map<std::string, std::shared_ptr<Open>> gone;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    gone.swap(open_);
  }
  for (const auto& [id, session] : gone) {
    // An interrupt does nothing to a statement that is about to begin.
    while (session->users > 0) {
      session->session->interrupt();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

}  // namespace hotload::server
