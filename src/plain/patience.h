// SPDX-License-Identifier: Apache-2.0
// The pauses between questions whether a server has done something: they double, say once a minute
// what is waited for, and end with kTimeout.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace hotload::plain {

class Patience {
 public:
  using Pause = std::chrono::milliseconds;

  // `what`: of which thing, as in "the server's load of table t".
  Patience(std::string what, Pause first, Pause longest, std::function<void(Pause)> sleep);

  // Throws kTimeout after six hours.
  void pause();

 private:
  const std::string what_;
  const Pause longest_;
  const std::function<void(Pause)> sleep_;
  Pause next_;
  Pause waited_{0};
  Pause told_{0};
};

}  // namespace hotload::plain
