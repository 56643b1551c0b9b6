// SPDX-License-Identifier: Apache-2.0
#include "lake/door.h"

#include <algorithm>
#include <chrono>

#include "hotload/error.h"

namespace hotload::lake {

void Door::enter(const std::string& who, int64_t timeout_ms) {
  std::unique_lock lock(mutex_);
  const uint64_t ticket = next_ticket_++;
  queue_.push_back(ticket);
  const bool mine = turn_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                   [&] { return !occupied_ && queue_.front() == ticket; });
  if (!mine) {
    queue_.erase(std::find(queue_.begin(), queue_.end(), ticket));
    turn_.notify_all();
    throw Error(ErrorCode::kTimeout, who + " waited " + std::to_string(timeout_ms) + " ms for " +
                                         inside_ +
                                         ", which writes to the same database; try again");
  }
  queue_.pop_front();
  occupied_ = true;
  inside_ = who;
}

bool Door::try_enter(const std::string& who) {
  std::lock_guard lock(mutex_);
  if (occupied_ || !queue_.empty()) return false;
  occupied_ = true;
  inside_ = who;
  return true;
}

void Door::leave() {
  {
    std::lock_guard lock(mutex_);
    occupied_ = false;
    inside_.clear();
  }
  turn_.notify_all();
}

}  // namespace hotload::lake
