// SPDX-License-Identifier: Apache-2.0
// Work that outlives the request that began it: named tasks on a few threads, in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace hotload::server {

class Tasks {
 public:
  Tasks(int64_t threads, int64_t max_waiting);
  ~Tasks();  // stop()

  // Throws a Failure of 429 when too many wait. What `work` throws is logged.
  void submit(const std::string& id, std::function<void()> work);
  // Whether the task is not, or no longer, waiting or running.
  bool wait(const std::string& id, int64_t timeout_ms);
  // Takes no more, forgets those that wait, and returns when those that run have ended.
  void stop();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::string, std::function<void()>>> waiting_;
  std::set<std::string> unfinished_;
  bool stopping_ = false;
  const int64_t max_waiting_;
  std::vector<std::thread> threads_;
};

}  // namespace hotload::server
