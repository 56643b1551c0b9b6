// SPDX-License-Identifier: Apache-2.0
// Collects the steps of a plan: numbers its scratch files and temporary tables.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"
#include "plan/table.h"

namespace hotload::plan {

class Builder {
 public:
  explicit Builder(const Input& input)
      : scratch_dir_(input.scratch_dir), adopt_from_bytes_(input.adopt_from_bytes) {}

  void sql(const Table& table, std::string text, Count count = Count::kNone);
  // A statement that makes, alters or drops the table.
  void schema(const Table& table, std::string text, Count count = Count::kNone);
  void widen(const Table& table, std::string text);
  void rewrite(const Table& table, std::vector<Column> columns);
  void adopt(const Table& table, const StagedInput& file, bool delivered);

  enum class Phase { kPrepare, kPublish };
  // Writes the rows of `query`, which has `columns`, to a scratch file.
  StagedInput write(Phase phase, const Table& table, const std::string& query,
                    std::vector<Column> columns);
  bool is_written(const StagedInput& file) const;
  // Whether so few bytes of rows are better inserted than adopted.
  bool are_crumbs(int64_t bytes) const { return bytes < adopt_from_bytes_; }

  // A temporary table of `query`, and a view; both go at the end of the publish.
  std::string temp_table(const Table& table, const std::string& query);
  std::string temp_view(const Table& table, const std::string& query);

  Plan finish();

 private:
  std::string temp_name();

  const std::string scratch_dir_;
  const int64_t adopt_from_bytes_;
  Plan plan_;
  std::vector<Step> cleanup_;
  int next_file_ = 0;
  int next_temp_ = 0;
};

}  // namespace hotload::plan
