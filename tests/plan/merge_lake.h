// SPDX-License-Identifier: Apache-2.0
// A lake in a temporary folder that takes loads of JSON lines: what the tests of plans run on.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hotload/workspace.h"

namespace hotload::plan {

// Lines of JSON a table; a table without lines is staged as an empty file. Each inner list is a
// file of its own.
using Staged = std::map<std::string, std::vector<std::vector<std::string>>>;

class MergeLake {
 public:
  MergeLake();
  ~MergeLake();
  MergeLake(const MergeLake&) = delete;
  MergeLake& operator=(const MergeLake&) = delete;

  Database& database() { return *database_; }
  Receipt load(const std::vector<TableSpec>& specs, const Staged& staged);
  // Drops the tables in a load of its own.
  void drop(const std::vector<std::string>& tables);
  // The table's rows, each as its values joined by blanks (NULL: "-"), sorted.
  std::vector<std::string> rows(const std::string& table, const std::vector<std::string>& columns);
  // The rows of one query, whose column is text.
  std::vector<std::string> texts(const std::string& sql);

 private:
  std::filesystem::path folder_;
  std::shared_ptr<Workspace> workspace_;
  std::shared_ptr<Database> database_;
  int loads_ = 0;
};

// The receipt's part of one table; an empty one when the load did nothing to it.
TableReceipt of(const Receipt& receipt, const std::string& table);

}  // namespace hotload::plan
