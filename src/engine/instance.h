// SPDX-License-Identifier: Apache-2.0
// One in-memory DuckDB instance with extensions loaded. Thread-safe: connections may be made from
// any thread. Knows whether a FATAL error has killed it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "duckdb.h"

namespace hotload::engine {

struct InstanceOptions {
  int64_t memory_limit_bytes = 0;       // 0: the engine's default
  int64_t threads = 0;                  // 0: the engine's default
  std::string temp_directory;           // where the engine spills; empty: nowhere
  std::vector<std::string> extensions;  // names, loaded from our own files
};

class Instance {
 public:
  explicit Instance(const InstanceOptions& options);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  duckdb_database handle() const { return database_; }
  // After a FATAL error every call on this instance fails: its owner makes a new one.
  bool dead() const { return dead_; }
  void mark_dead() { dead_ = true; }
  // How many connections there are at this moment.
  size_t connections();
  // Ends with kCanceled what its connections run at this moment.
  void interrupt();

 private:
  friend class Connection;  // it is known while it lives
  void add(duckdb_connection connection);
  void remove(duckdb_connection connection);

  duckdb_database database_ = nullptr;
  std::mutex mutex_;
  std::set<duckdb_connection> connections_;  // guarded by mutex_
  std::atomic<bool> dead_{false};
};

}  // namespace hotload::engine
