// SPDX-License-Identifier: Apache-2.0
// Runs of queries: each has an id, ends with a kept result or a message, and is ended when it takes
// too long. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/errors.h"
#include "api/queries.h"
#include "server/config.h"
#include "server/databases.h"
#include "server/http.h"
#include "server/results.h"
#include "server/slots.h"
#include "server/tasks.h"

namespace hotload::server {

class Queries {
 public:
  Queries(const Config& config, Databases& databases, Results& results, Journal& journal,
          Slots& slots);

  // Runs it in the calling thread, for as long as the client waits for it. Throws what is wrong;
  // the run is recorded as failed then.
  api::QueryRun run(const api::DatabaseInfo& database, const api::QueryRequest& request,
                    Client& client);
  // Runs it in a thread of its own; returns when it is done or after that time.
  api::QueryRun start(const api::DatabaseInfo& database, const api::QueryRequest& request,
                      int64_t wait_ms);
  // A Failure of 404.
  api::QueryRun get(const std::string& id) const;
  // Of one database.
  std::vector<api::QueryRun> list(const std::string& database_id) const;
  void remove_older_than(const std::string& time);

  // Ends it, unless it has ended; the run is recorded as failed.
  void cancel(const std::string& id, const std::string& why);
  void cancel_all_of(const std::string& database_id, const std::string& why);
  // Ends those that have run too long, and what did not heed its end yet; called now and then.
  void interrupt_overdue();
  // Ends all, as interrupted.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    std::string database_id;
    Session* session = nullptr;  // none: it waits for a slot
    Clock::time_point deadline = Clock::time_point::max();
    std::optional<api::Failure> ended_as;  // why it is to end
  };

  api::QueryRun open_run(const api::DatabaseInfo& database, const api::QueryRequest& request);
  // Fills in how it ended; throws what made it fail.
  void execute(api::QueryRun& run, const api::DatabaseInfo& database,
               const api::QueryRequest& request);
  Result read(Session& session, const api::QueryRun& run);
  void begin(const api::QueryRun& run);
  void end(Running& running, const api::Failure& why);  // with the mutex held
  std::unique_ptr<Session> open_session(const api::DatabaseInfo& database,
                                        const api::QueryRequest& request) const;
  void put(const api::QueryRun& run);

  const Config& config_;
  Databases& databases_;
  Results& results_;
  Journal& journal_;
  Slots& slots_;
  std::mutex mutex_;
  std::map<std::string, Running> running_;
  bool stopping_ = false;
  Tasks tasks_;  // last: its threads use the others
};

}  // namespace hotload::server
