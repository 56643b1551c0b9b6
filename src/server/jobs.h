// SPDX-License-Identifier: Apache-2.0
// Jobs: work that a request began and that goes on after it, also after a restart: what a job does
// is in the journal before it is promised. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "api/errors.h"
#include "api/loads.h"
#include "server/config.h"
#include "server/journal.h"
#include "server/tasks.h"

namespace hotload::server {

class Jobs {
 public:
  // Does what the payload says and returns the job's result; may run again after a crash.
  using Work = std::function<boost::json::value(const boost::json::value& payload)>;

  Jobs(const Config& config, Journal& journal);

  // Before resume().
  void define(const std::string& job_type, Work work);
  // Takes up the jobs that an earlier process has left.
  void resume();
  // Those that run are finished, or left to the next start when they end themselves as transient.
  void stop();
  bool stopping() const { return stopping_; }

  // Equal names that are not empty are one job while it is not done.
  api::Job submit(const std::string& job_type, const std::string& name,
                  const boost::json::value& payload);
  // The job, after it is done or after that time.
  api::Job wait(const std::string& id, int64_t timeout_ms);
  // A Failure of 404.
  api::Job get(const std::string& id) const;
  // Throws what made it fail, as an answer; does nothing to any other job.
  void rethrow(const std::string& id) const;
  std::vector<api::Job> list() const;
  void remove_older_than(const std::string& time);

 private:
  void start(const std::string& id);
  void run(const std::string& id);
  bool attempt(api::Job& job, boost::json::object& record);  // whether the job is done
  void leave(api::Job job, boost::json::object record);
  void finish(api::Job job, boost::json::object record);

  const Config& config_;
  Journal& journal_;
  std::map<std::string, Work> works_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::map<std::string, std::string> named_;  // name to id, of jobs that are not done
  Tasks tasks_;                               // last: its threads use the others
};

}  // namespace hotload::server
