// SPDX-License-Identifier: Apache-2.0
// What the benchmarks share: a folder, a clock, the floor's engine, and the line that a result is.
// A program a question; each prints JSON lines {"work", "ours_s", "floor", "floor_s", "ratio",
// "target"}. A ratio compares the minima of alternating runs in one process.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <string>

#include "engine/connection.h"
#include "engine/instance.h"
#include "hotload/workspace.h"

namespace hotload::bench {

namespace fs = std::filesystem;

template <typename Work>
double seconds(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// A folder of its own for the program, removed at the end.
class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(fs::temp_directory_path() / ("hotload-bench-" + name)) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

// A bare DuckLake, as the engine alone would do it: the floor.
class Floor {
 public:
  explicit Floor(const std::string& folder)
      : instance_({.memory_limit_bytes = 0,
                   .threads = 0,
                   .temp_directory = folder + "/spill",
                   .extensions = {"ducklake"}}),
        connection_(instance_) {
    fs::create_directories(folder + "/data");
    connection_.run("ATTACH 'ducklake:" + folder + "/catalog.ducklake' AS lake (DATA_PATH '" +
                    folder + "/data/', DATA_INLINING_ROW_LIMIT 0)");
    connection_.run("USE lake");
  }
  void run(const std::string& sql) { connection_.run(sql); }

 private:
  engine::Instance instance_;
  engine::Connection connection_;
};

// HOTLOAD_BENCH_SCALE shrinks the work for a quick look; 1 is what the targets are about.
inline int64_t scaled(int64_t rows) {
  const char* text = std::getenv("HOTLOAD_BENCH_SCALE");
  const double scale = text != nullptr ? std::atof(text) : 1.0;
  return std::max<int64_t>(1000, static_cast<int64_t>(static_cast<double>(rows) * scale));
}

struct Best {
  double seconds = std::numeric_limits<double>::infinity();
  void take(double value) { seconds = std::min(seconds, value); }
};

inline void report(const std::string& work, double ours, const std::string& floor_name,
                   double floor, double target) {
  std::cout << "{\"work\": \"" << work << "\", \"ours_s\": " << ours << ", \"floor\": \""
            << floor_name << "\", \"floor_s\": " << floor << ", \"ratio\": " << ours / floor
            << ", \"target\": " << target << "}" << std::endl;
}

// The most memory that the process has had, in bytes.
inline int64_t peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace hotload::bench
