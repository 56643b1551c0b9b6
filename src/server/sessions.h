// SPDX-License-Identifier: Apache-2.0
// SQL sessions of clients, by their ids: each belongs to one key and one database, and is closed
// when nobody has used it for a while. They live no longer than the server. Thread-safe; the
// statements of one session wait for each other.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "api/packages.h"
#include "server/config.h"
#include "server/databases.h"
#include "server/finally.h"
#include "server/slots.h"

namespace hotload::server {

class Sessions {
 public:
  Sessions(const Config& config, Databases& databases, Slots& slots)
      : config_(config), databases_(databases), slots_(slots) {}

  // How long the engine has worked for one statement and its rows; ended when that is too long.
  class Timer;
  struct Answer {
    ArrowStream rows;
    int64_t rows_changed = -1;  // -1: it was a query
    bool in_transaction = false;
    std::shared_ptr<Timer> timer = {};  // of the rows' reading
  };
  enum class Step { kBegin, kCommit, kRollback };

  // Its id. A Failure of 429 when there are too many.
  std::string open(const api::DatabaseInfo& database, const std::string& key_id,
                   const SessionOptions& options);
  // These throw a Failure of 404 for a session that is not, or no longer, the caller's.
  Answer run(const std::string& id, const std::string& key_id,
             const api::StatementRequest& request);
  Answer step(const std::string& id, const std::string& key_id, Step step, int64_t sequence);
  void interrupt(const std::string& id, const std::string& key_id);
  void close(const std::string& id, const std::string& key_id);

  // Ends what runs in sessions of that database, and closes them.
  void close_all_of(const std::string& database_id);
  // Closes those that are idle for too long; a transaction that holds others up has less time.
  void close_idle();
  // Ends statements that have run too long, again until they heed it; called now and then.
  void interrupt_overdue();
  // Ends what runs, and takes no more.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Open;

  // What clients of the API may do, and see.
  void restrict(SessionOptions& options, const api::DatabaseInfo& database) const;
  std::shared_ptr<Open> get(const std::string& id, const std::string& key_id);
  // Runs `work` unless the call of that number was the last one, whose answer is then given.
  template <typename Work>
  Answer once(Open& session, int64_t sequence, Work work);

  const Config& config_;
  Databases& databases_;
  Slots& slots_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Open>> open_;
  bool stopping_ = false;
  std::mutex timing_;
  std::set<Timer*> timed_;  // those that count now
};

class Sessions::Timer {
 public:
  Timer(Sessions& sessions, std::shared_ptr<Open> session);

  // Counts the time of `work`. A Failure of 400 when that was too much.
  template <typename Work>
  auto run(Work work);

 private:
  friend class Sessions;
  void start();
  void stop();
  [[noreturn]] void rethrow();  // what it was ended with; else the current exception

  Sessions& sessions_;
  const std::shared_ptr<Open> session_;
  Clock::duration left_;
  Clock::time_point deadline_;
  bool overdue_ = false;
};

template <typename Work>
auto Sessions::Timer::run(Work work) {
  start();
  const Finally counted([this] { stop(); });
  try {
    return work();
  } catch (const Error&) {
    rethrow();
  }
}

}  // namespace hotload::server
