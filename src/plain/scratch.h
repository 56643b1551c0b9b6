// SPDX-License-Identifier: Apache-2.0
// A lake of one load's own, in which its plan runs: the tables that it touches as they are on the
// server (their columns, and their rows where these count), then the load itself. Thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hotload/workspace.h"

namespace hotload::plain {

class Scratch {
 public:
  // Makes the lake, or opens what is left of an earlier process. Throws kLocked when another
  // process works on the same load.
  Scratch(const std::filesystem::path& folder, const LoadKey& key);

  Load& load() { return *load_; }
  std::optional<std::vector<Column>> columns(const std::string& table) {
    return database_->columns(key_.schema, table);
  }
  // Makes the table anew of `rows`.
  void fill(const std::string& table, ArrowStream rows);
  int64_t count(const std::string& table);
  // All rows as one Parquet file.
  void write(const std::string& table, const std::string& path);
  PendingLoad pending();

 private:
  std::string qualified(const std::string& table) const;

  const LoadKey key_;
  std::shared_ptr<Workspace> workspace_;
  std::shared_ptr<Database> database_;
  std::unique_ptr<Load> load_;
};

}  // namespace hotload::plain
