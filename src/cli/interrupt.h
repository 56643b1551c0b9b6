// SPDX-License-Identifier: Apache-2.0
// Ctrl-C (SIGINT) and SIGTERM. They are blocked in every thread and taken by one of our own, so
// that what is done then may lock, print and call the engine. With no handler in place the process
// ends at once with kInterrupted: what was staged is on disk, what was not committed is not there.
#pragma once

#include <functional>
#include <string>

namespace hotload::cli {

// Call once, before any other thread is started.
void watch_signals();

// What a signal does while this lives, one at a time. The handler runs on the signals' thread; a
// second signal while it lives ends the process.
class OnInterrupt {
 public:
  explicit OnInterrupt(std::function<void()> handler);
  ~OnInterrupt();
  OnInterrupt(const OnInterrupt&) = delete;
  OnInterrupt& operator=(const OnInterrupt&) = delete;
};

// Ends the process with kInterrupted after `message` as the one line on standard error.
[[noreturn]] void exit_interrupted(const std::string& message);

}  // namespace hotload::cli
