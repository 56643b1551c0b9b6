// SPDX-License-Identifier: Apache-2.0
// One line on a terminal that says what goes on, redrawn by a thread of its own. Nothing at all
// where standard error is no terminal.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>

namespace hotload::cli {

class Progress {
 public:
  // With `visible` false (or no terminal) it draws nothing.
  explicit Progress(bool visible);
  ~Progress();  // erases the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // What is done now: "staging 2 of 5: flights.parquet".
  void phase(const std::string& text);
  void set_total(int64_t bytes) { total_ = bytes; }
  void advance(int64_t bytes) { done_ += bytes; }

 private:
  void draw();
  void run();

  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::atomic<int64_t> total_ = 0;
  std::atomic<int64_t> done_ = 0;
  std::mutex mutex_;  // guards what follows
  std::string phase_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace hotload::cli
