// SPDX-License-Identifier: Apache-2.0
// A lake of one load's own, in which its plan runs: the tables that it touches as they are on the
// server (their columns, and their rows where these count), then the load itself. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
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
  // Makes each table anew of the rows that `open` gives for it, in one commit; `open` is called on
  // `parallel` threads, again for a stream that breaks, and throws kNotFound to leave one out.
  void fill(const std::vector<std::string>& tables, int64_t parallel,
            const std::function<ArrowStream(const std::string& table)>& open);
  int64_t count(const std::string& table);
  // The value, as text, of the first row that has one; none: no row has.
  std::optional<std::string> any_value(const std::string& table, const std::string& column);
  // All rows as one Parquet file.
  void write(const std::string& table, const std::string& path);
  // The values, of the column's type, as one Parquet file of that column.
  void write_values(const Column& column, const std::vector<std::string>& values,
                    const std::string& path);
  PendingLoad pending();

 private:
  std::string qualified(const std::string& table) const;

  const LoadKey key_;
  std::shared_ptr<Workspace> workspace_;
  std::shared_ptr<Database> database_;
  std::unique_ptr<Load> load_;
};

}  // namespace hotload::plain
