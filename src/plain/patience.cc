// SPDX-License-Identifier: Apache-2.0
#include "plain/patience.h"

#include <algorithm>

#include "hotload/error.h"
#include "remote/waits.h"

namespace hotload::plain {

namespace {

constexpr std::chrono::minutes kToldAfter{1};
constexpr std::chrono::hours kLongestWait{6};

}  // namespace

Patience::Patience(std::string what, Pause first, Pause longest, std::function<void(Pause)> sleep)
    : what_(std::move(what)), longest_(longest), sleep_(std::move(sleep)), next_(first) {}

void Patience::pause() {
  if (waited_ >= kLongestWait) {
    throw Error(ErrorCode::kTimeout, what_ + " has not ended in " +
                                         std::to_string(kLongestWait.count()) +
                                         " hours; run this again to go on waiting");
  }
  if (waited_ - told_ >= kToldAfter) {
    told_ = waited_;
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(waited_).count();
    remote::tell_wait("waiting for " + what_ + " for " + std::to_string(minutes) + " min");
  }
  sleep_(next_);
  waited_ += next_;
  next_ = std::min(2 * next_, longest_);
}

}  // namespace hotload::plain
