// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>

#include "cli/text_table.h"

namespace hotload::cli {

namespace {

constexpr auto kInterval = std::chrono::milliseconds(100);
constexpr int kBarWidth = 20;

void write_error(const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Progress::Progress(bool visible) {
  if (visible && ::isatty(STDERR_FILENO)) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  stop_ = true;
  thread_.join();
  write_error("\r\x1b[K");
}

void Progress::phase(const std::string& text) {
  {
    std::lock_guard lock(mutex_);
    phase_ = text;
  }
  // Now, not at the next tick: quick work would be over by then.
  if (thread_.joinable()) draw();
}

void Progress::draw() {
  const int64_t total = std::max<int64_t>(total_, 1);
  const int64_t done = std::min<int64_t>(done_, total);
  const auto filled = static_cast<size_t>(kBarWidth * done / total);
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun_);
  std::lock_guard lock(mutex_);
  write_error("\r\x1b[K[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "] " +
              human_bytes(done_) + " of " + human_bytes(total_) + "  " + phase_ + "  " +
              std::to_string(seconds.count()) + " s");
}

void Progress::run() {
  while (!stop_) {
    draw();
    std::this_thread::sleep_for(kInterval);
  }
}

}  // namespace hotload::cli
