// SPDX-License-Identifier: Apache-2.0
#include "plan/schema_steps.h"

#include <algorithm>

#include "model/identifier.h"

namespace hotload::plan {

using model::column_definition;
using model::quote_identifier;

namespace {

void create(Builder& builder, const Table& table) {
  std::string columns;
  for (const Column& column : table.columns) {
    if (!columns.empty()) columns += ", ";
    columns += column_definition(column);
  }
  builder.schema(table, "CREATE TABLE " + table.qualified + " (" + columns + ")", Count::kCreated);
}

std::string partition_key(const PartitionField& field) {
  const std::string column = quote_identifier(field.column);
  if (field.transform == "identity") return column;
  if (field.transform == "bucket") {
    return "bucket(" + std::to_string(field.buckets) + ", " + column + ")";
  }
  return field.transform + "(" + column + ")";
}

void lay_out(Builder& builder, const Table& table) {
  std::string partition;
  for (const PartitionField& field : table.spec.partition) {
    partition += (partition.empty() ? "" : ", ") + partition_key(field);
  }
  if (!partition.empty()) {
    builder.schema(table,
                   "ALTER TABLE " + table.qualified + " SET PARTITIONED BY (" + partition + ")");
  }
  std::string sort;
  for (const SortColumn& column : table.spec.sort) {
    sort += (sort.empty() ? "" : ", ") + quote_identifier(column.column) +
            (column.descending ? " DESC" : " ASC");
  }
  if (!sort.empty()) {
    builder.schema(table, "ALTER TABLE " + table.qualified + " SET SORTED BY (" + sort + ")");
  }
}

}  // namespace

void drop_tables(Builder& builder, Tables& tables) {
  for (auto& [folded, table] : tables.all()) {
    if (table.dropped) builder.schema(table, "DROP TABLE " + table.qualified, Count::kDropped);
  }
}

void add_tables_and_columns(Builder& builder, Tables& tables, const Input& input) {
  const auto is_created = [](const auto& item) { return item.second.created; };
  const auto first = std::find_if(tables.all().begin(), tables.all().end(), is_created);
  if (first != tables.all().end()) {
    builder.schema(first->second, "CREATE SCHEMA IF NOT EXISTS " + quote_identifier(input.catalog) +
                                      "." + quote_identifier(input.schema));
  }
  for (auto& [folded, table] : tables.all()) {
    if (table.created) {
      create(builder, table);
      lay_out(builder, table);
    }
    for (const Column& column : table.diff.added) {
      builder.schema(table,
                     "ALTER TABLE " + table.qualified + " ADD COLUMN " + column_definition(column));
    }
  }
}

void alter_columns(Builder& builder, Tables& tables) {
  for (auto& [folded, table] : tables.all()) {
    const std::string alter = "ALTER TABLE " + table.qualified + " ALTER COLUMN ";
    for (const Column& column : table.diff.widened) {
      builder.widen(table, alter + quote_identifier(column.name) + " SET DATA TYPE " + column.type);
    }
    if (!table.diff.rewritten.empty()) builder.rewrite(table, table.diff.rewritten);
    for (const std::string& column : table.diff.relaxed) {
      builder.schema(table, alter + quote_identifier(column) + " DROP NOT NULL");
    }
  }
}

}  // namespace hotload::plan
