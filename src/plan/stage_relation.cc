// SPDX-License-Identifier: Apache-2.0
#include "plan/stage_relation.h"

#include <algorithm>

#include "hotload/error.h"
#include "model/identifier.h"

namespace hotload::plan {

using model::find_column;
using model::quote_identifier;
using model::quote_literal;

namespace {

std::string cast(const std::string& expression, const Column& column) {
  return "CAST(" + expression + " AS " + column.type + ") AS " + quote_identifier(column.name);
}

std::string projected(const std::vector<StagedInput>& files, const Column& column) {
  bool found = false;
  bool same = true;  // every file holds it under this very name and type
  for (const StagedInput& file : files) {
    const Column* there = find_column(file.columns, column.name);
    found |= there != nullptr;
    same &= there != nullptr && there->type == column.type && there->name == column.name;
  }
  if (!found) return cast("NULL", column);
  const std::string name = quote_identifier(column.name);
  return same ? name : cast(name, column);
}

std::string read_files(const std::vector<StagedInput>& files) {
  std::string list;
  bool alike = true;
  for (const StagedInput& file : files) {
    if (!list.empty()) list += ", ";
    list += quote_literal(file.path);
    alike &= file.columns == files.front().columns;
  }
  return "read_parquet([" + list + "]" + (alike ? "" : ", union_by_name = true") + ")";
}

std::string select(const std::vector<StagedInput>& files, const std::vector<Column>& columns,
                   const std::string& more) {
  std::string list = more;
  for (const Column& column : columns) {
    if (!list.empty()) list += ", ";
    list += projected(files, column);
  }
  if (list.empty()) list = "1";
  if (files.empty()) return "SELECT " + list + " WHERE false";
  return "SELECT " + list + " FROM " + read_files(files);
}

}  // namespace

std::vector<Column> present_columns(const std::vector<StagedInput>& files,
                                    const std::vector<Column>& columns) {
  std::vector<Column> present;
  for (const Column& column : columns) {
    const bool held = std::any_of(files.begin(), files.end(), [&](const StagedInput& file) {
      return find_column(file.columns, column.name) != nullptr;
    });
    if (held) present.push_back(column);
  }
  return present;
}

std::string select_staged(const std::vector<StagedInput>& files,
                          const std::vector<Column>& columns) {
  return select(files, columns, "");
}

std::string select_staged_in_order(const std::vector<StagedInput>& files,
                                   const std::vector<Column>& columns) {
  // The engine's virtual columns; without files there is nothing to number.
  const std::string file = files.empty() ? "0" : "file_index";
  const std::string row = files.empty() ? "0" : "file_row_number";
  return select(files, columns,
                file + " AS " + quote_identifier(kFileOrder) + ", " + row + " AS " +
                    quote_identifier(kRowOrder));
}

std::vector<Column> pick(const std::vector<Column>& columns,
                         const std::vector<std::string>& names) {
  std::vector<Column> picked;
  for (const std::string& name : names) {
    const Column* column = find_column(columns, name);
    if (column == nullptr) {
      throw Error(ErrorCode::kInvalidArgument,
                  "column " + quote_identifier(name) + " is named by the load but not declared");
    }
    picked.push_back(*column);
  }
  return picked;
}

std::string name_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    if (!list.empty()) list += ", ";
    list += quote_identifier(name);
  }
  return list;
}

std::string name_list(const std::vector<Column>& columns) {
  std::string list;
  for (const Column& column : columns) {
    if (!list.empty()) list += ", ";
    list += quote_identifier(column.name);
  }
  return list;
}

}  // namespace hotload::plan
