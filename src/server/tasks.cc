// SPDX-License-Identifier: Apache-2.0
#include "server/tasks.h"

#include <algorithm>
#include <chrono>

#include "api/errors.h"
#include "server/log.h"

namespace hotload::server {

namespace {

constexpr int64_t kLongestWaitMs = 86'400'000;

}  // namespace

Tasks::Tasks(int64_t threads, int64_t max_waiting) : max_waiting_(max_waiting) {
  for (int64_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Tasks::~Tasks() { stop(); }

void Tasks::submit(const std::string& id, std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) throw api::Failure(503, api::kUnavailable, "the server is stopping", 1);
    if (static_cast<int64_t>(waiting_.size()) >= max_waiting_) {
      throw api::Failure(429, api::kOverloaded, "too much work is waiting; try again", 1);
    }
    waiting_.emplace_back(id, std::move(work));
    unfinished_.insert(id);
  }
  changed_.notify_all();
}

bool Tasks::wait(const std::string& id, int64_t timeout_ms) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(std::min(timeout_ms, kLongestWaitMs)),
                           [&] { return !unfinished_.contains(id); });
}

void Tasks::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [id, forgotten] : waiting_) unfinished_.erase(id);
    waiting_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Tasks::work() {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const auto [id, run] = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      run();
    } catch (const std::exception& error) {
      log(LogLevel::kError, "task " + id + " failed: " + error.what());
    }
    lock.lock();
    unfinished_.erase(id);
    lock.unlock();
    changed_.notify_all();
  }
}

}  // namespace hotload::server
