// SPDX-License-Identifier: Apache-2.0
#include "plan/undeclared.h"

#include "model/identifier.h"
#include "plan/key_match.h"
#include "plan/stage_relation.h"

namespace hotload::plan {
namespace {

std::vector<Column> without(const std::vector<Column>& columns, const std::vector<Column>& others) {
  std::vector<Column> left;
  for (const Column& column : columns) {
    if (model::find_column(others, column.name) == nullptr) left.push_back(column);
  }
  return left;
}

}  // namespace

bool keeps_values(const Table& table, const TableSpec& root) {
  return root.keep_undeclared && !table.empty &&
         !without(table.columns, table.spec.columns).empty();
}

std::vector<StagedInput> with_kept_values(Builder& builder, const Table& table,
                                          const std::vector<StagedInput>& batch,
                                          const std::vector<std::string>& key) {
  if (batch.empty()) return batch;
  // A file of text is staged with all columns of the table.
  const std::vector<Column> present = present_columns(batch, table.columns);
  const std::vector<Column> kept = without(table.columns, table.spec.columns);
  const std::vector<Column> own = without(present, kept);
  const std::string rows = select_staged(batch, own);
  // One row a key, where the table holds a key twice.
  std::string there = "SELECT " + name_list(key);
  for (const Column& column : kept) {
    const std::string name = model::quote_identifier(column.name);
    there += ", first(" + name + ") AS " + name;
  }
  there += " FROM " + table.qualified + " WHERE " + key_in(key, rows) + " GROUP BY ALL";
  std::vector<Column> all = own;
  all.insert(all.end(), kept.begin(), kept.end());
  const std::string replacing = "SELECT " + name_list(all) + " FROM (" + rows + ") AS b JOIN (" +
                                there + ") AS t USING (" + name_list(key) + ")";
  const std::string others = "SELECT " + name_list(present) + " FROM (" +
                             select_staged(batch, present) + ") AS b WHERE " +
                             no_match(table.qualified, key);
  // Apart: in a new row, columns that it lacks take their defaults.
  const auto phase = Builder::Phase::kPublish;
  return {builder.write(phase, table, replacing, all),
          builder.write(phase, table, others, present)};
}

}  // namespace hotload::plan
