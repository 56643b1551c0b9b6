// SPDX-License-Identifier: Apache-2.0
// How many statements and loads the engine runs at once. Who comes when all are taken waits a
// while, then is sent away with 429: the engine's memory is shared, and too many run out of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "api/errors.h"

namespace hotload::server {

class Slots {
 public:
  Slots(int64_t slots, int64_t max_waiting, int64_t patience_s)
      : free_(slots), max_waiting_(max_waiting), patience_(patience_s) {}

  class Taken {
   public:
    explicit Taken(Slots& slots) : slots_(slots) { slots_.take(); }
    ~Taken() { slots_.give(); }
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;

   private:
    Slots& slots_;
  };

 private:
  void take() {
    std::unique_lock lock(mutex_);
    if (free_ == 0) {
      if (waiting_ >= max_waiting_) refuse();
      ++waiting_;
      const bool got = changed_.wait_for(lock, patience_, [&] { return free_ > 0; });
      --waiting_;
      if (!got) refuse();
    }
    --free_;
  }
  void give() {
    {
      std::lock_guard lock(mutex_);
      ++free_;
    }
    changed_.notify_one();
  }
  [[noreturn]] static void refuse() {
    throw api::Failure(429, api::kOverloaded, "the engine is busy; try again", 1);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t free_;
  int64_t waiting_ = 0;
  const int64_t max_waiting_;
  const std::chrono::seconds patience_;
};

}  // namespace hotload::server
