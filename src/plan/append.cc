// SPDX-License-Identifier: Apache-2.0
#include "plan/append.h"

#include <algorithm>

#include "hotload/error.h"
#include "model/identifier.h"
#include "model/type.h"
#include "model/widening.h"
#include "plan/stage_relation.h"

namespace hotload::plan {
namespace {

// Whether a staged file can become a data file of the table as it lies there.
bool fits(const StagedInput& file, const Table& table) {
  return std::all_of(file.columns.begin(), file.columns.end(), [&](const Column& column) {
    const Column* target = model::find_column(table.columns, column.name);
    return target != nullptr &&
           (column.type == target->type ||
            model::may_adopt(model::parse_type(column.type), model::parse_type(target->type)));
  });
}

// Files of such a table cannot be adopted: the engine would not read them back as they were, or
// has to sort their rows first.
bool takes_inserts_alone(const Table& table) {
  return !table.spec.sort.empty() ||
         std::any_of(table.columns.begin(), table.columns.end(), [](const Column& column) {
           return !model::adopts_own_files(model::parse_type(column.type));
         });
}

// A file without the column is adopted with NULL in it, which the engine does not check.
void require_columns(const Table& table, const std::vector<StagedInput>& files) {
  for (const Column& column : table.columns) {
    if (column.nullable) continue;
    for (const StagedInput& file : files) {
      if (model::find_column(file.columns, column.name) == nullptr) {
        throw Error(ErrorCode::kConstraint, "column " + column.name + " of table " + table.name +
                                                " must not be NULL, but a staged file lacks it");
      }
    }
  }
}

void insert(Builder& builder, const Table& table, const std::vector<StagedInput>& files) {
  const std::vector<Column> columns = present_columns(files, table.columns);
  builder.sql(table, "INSERT INTO " + table.qualified + " BY NAME " + select_staged(files, columns),
              Count::kInserted);
}

void join(Builder& builder, const Table& table, const std::vector<StagedInput>& files) {
  const std::vector<Column> columns = present_columns(files, table.columns);
  const StagedInput joined =
      builder.write(Builder::Phase::kPrepare, table, select_staged(files, columns), columns);
  builder.adopt(table, joined, false);
}

}  // namespace

void append_files(Builder& builder, const Table& table, const std::vector<StagedInput>& files) {
  if (files.empty()) return;
  require_columns(table, files);
  if (takes_inserts_alone(table)) return insert(builder, table, files);
  std::vector<StagedInput> group;  // to be written as one file
  int64_t group_bytes = 0;
  const auto close_group = [&] {
    if (group.empty()) return;
    if (builder.are_crumbs(group_bytes)) {
      insert(builder, table, group);
    } else if (group.size() == 1 && fits(group.front(), table)) {
      builder.adopt(table, group.front(), group.front().delivered);
    } else {
      join(builder, table, group);
    }
    group.clear();
    group_bytes = 0;
  };
  for (const StagedInput& file : files) {
    if (builder.is_written(file)) {
      builder.adopt(table, file, false);
    } else if (file.size_bytes >= kSmallFileBytes && fits(file, table)) {
      builder.adopt(table, file, file.delivered);
    } else {
      group.push_back(file);
      group_bytes += file.size_bytes;
      if (group_bytes >= kJoinedFileBytes) close_group();
    }
  }
  close_group();
}

}  // namespace hotload::plan
