// SPDX-License-Identifier: Apache-2.0
// The door of one lake: writers pass one at a time, in the order they came. Overlapping writes
// abort in the engine, so each publish runs alone from BEGIN to COMMIT.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

namespace hotload::lake {

class Door {
 public:
  // Waits for its turn; throws kTimeout, naming who is inside.
  void enter(const std::string& who, int64_t timeout_ms);
  // False at once when somebody is inside or waits.
  bool try_enter(const std::string& who);
  void leave();

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::deque<uint64_t> queue_;
  uint64_t next_ticket_ = 0;
  bool occupied_ = false;
  std::string inside_;
};

// Inside the door for a scope.
class DoorPass {
 public:
  DoorPass(Door& door, const std::string& who, int64_t timeout_ms) : door_(&door) {
    door.enter(who, timeout_ms);
  }
  ~DoorPass() {
    if (door_ != nullptr) door_->leave();
  }
  DoorPass(const DoorPass&) = delete;
  DoorPass& operator=(const DoorPass&) = delete;

 private:
  Door* door_;
};

}  // namespace hotload::lake
