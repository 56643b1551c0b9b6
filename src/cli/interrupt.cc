// SPDX-License-Identifier: Apache-2.0
#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <thread>
#include <utility>

#include "cli/exit_code.h"
#include "cli/report.h"

namespace hotload::cli {

namespace {

std::mutex mutex;
std::function<void()> current;  // guarded by mutex

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

void take_signals() {
  const sigset_t set = watched();
  while (true) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) continue;
    std::lock_guard lock(mutex);
    if (!current) exit_interrupted("interrupted");
    // Once: whoever presses again does not want to wait.
    std::exchange(current, nullptr)();
  }
}

}  // namespace

void watch_signals() {
  const sigset_t set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread(take_signals).detach();
}

OnInterrupt::OnInterrupt(std::function<void()> handler) {
  std::lock_guard lock(mutex);
  current = std::move(handler);
}

OnInterrupt::~OnInterrupt() {
  std::lock_guard lock(mutex);
  current = nullptr;
}

void exit_interrupted(const std::string& message) {
  print_error(ErrorCode::kCanceled, message);
  ::_exit(kInterrupted);
}

}  // namespace hotload::cli
