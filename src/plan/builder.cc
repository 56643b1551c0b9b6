// SPDX-License-Identifier: Apache-2.0
#include "plan/builder.h"

#include <utility>

namespace hotload::plan {

void Builder::sql(const Table& table, std::string text, Count count) {
  plan_.publish.push_back(
      {.kind = StepKind::kSql, .table = table.name, .sql = std::move(text), .count = count});
}

void Builder::schema(const Table& table, std::string text, Count count) {
  plan_.publish.push_back(
      {.kind = StepKind::kSchema, .table = table.name, .sql = std::move(text), .count = count});
}

void Builder::widen(const Table& table, std::string text) {
  plan_.widen.push_back({.kind = StepKind::kSchema, .table = table.name, .sql = std::move(text)});
}

void Builder::rewrite(const Table& table, std::vector<Column> columns) {
  plan_.widen.push_back(
      {.kind = StepKind::kRewrite, .table = table.name, .columns = std::move(columns)});
}

void Builder::adopt(const Table& table, const StagedInput& file, bool delivered) {
  plan_.publish.push_back({.kind = StepKind::kAdopt,
                           .table = table.name,
                           .path = file.path,
                           .count = Count::kInserted,
                           .adopted = delivered,
                           .rows = file.rows,
                           .columns = file.columns});
}

StagedInput Builder::write(Phase phase, const Table& table, const std::string& query,
                           std::vector<Column> columns) {
  StagedInput file;
  file.path = scratch_dir_ + "/" + std::to_string(next_file_++) + ".parquet";
  file.rows = -1;  // known when it is written
  file.columns = std::move(columns);
  std::vector<Step>& steps = phase == Phase::kPrepare ? plan_.prepare : plan_.publish;
  steps.push_back({.kind = StepKind::kWrite, .table = table.name, .sql = query, .path = file.path});
  return file;
}

bool Builder::is_written(const StagedInput& file) const { return file.rows < 0; }

std::string Builder::temp_name() { return "temp.main.hotload_" + std::to_string(next_temp_++); }

std::string Builder::temp_table(const Table& table, const std::string& query) {
  const std::string name = temp_name();
  sql(table, "CREATE TEMP TABLE " + name + " AS " + query);
  cleanup_.push_back({.table = table.name, .sql = "DROP TABLE " + name});
  return name;
}

std::string Builder::temp_view(const Table& table, const std::string& query) {
  const std::string name = temp_name();
  sql(table, "CREATE TEMP VIEW " + name + " AS " + query);
  cleanup_.push_back({.table = table.name, .sql = "DROP VIEW " + name});
  return name;
}

Plan Builder::finish() {
  plan_.publish.insert(plan_.publish.end(), cleanup_.begin(), cleanup_.end());
  cleanup_.clear();
  return std::move(plan_);
}

}  // namespace hotload::plan
