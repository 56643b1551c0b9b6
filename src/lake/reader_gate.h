// SPDX-License-Identifier: Apache-2.0
// Counts who may still read a lake's data files. Files that no snapshot needs are deleted only
// while nobody reads. Unlike a shared mutex, a reader may leave in another thread than it came.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

namespace hotload::lake {

class ReaderGate {
 public:
  // Waits while files are being deleted. The reader leaves when the token is destroyed.
  std::shared_ptr<void> enter() {
    std::unique_lock lock(mutex_);
    open_.wait(lock, [this] { return !closed_; });
    ++readers_;
    return std::shared_ptr<void>(this, [this](void*) {
      std::lock_guard guard(mutex_);
      --readers_;
    });
  }

  // Runs `work` with no reader inside; false, without running it, when there is one.
  template <typename Work>
  bool run_alone(Work work) {
    {
      std::lock_guard lock(mutex_);
      if (readers_ > 0 || closed_) return false;
      closed_ = true;
    }
    struct Reopen {
      ReaderGate* gate;
      ~Reopen() {
        {
          std::lock_guard lock(gate->mutex_);
          gate->closed_ = false;
        }
        gate->open_.notify_all();
      }
    } reopen{this};
    work();
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable open_;
  int64_t readers_ = 0;
  bool closed_ = false;
};

}  // namespace hotload::lake
