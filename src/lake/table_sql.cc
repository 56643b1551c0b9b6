// SPDX-License-Identifier: Apache-2.0
#include "lake/table_sql.h"

#include "model/identifier.h"

namespace hotload::lake {

namespace {

std::string of_table(const std::string& alias, const TableAt& table) {
  return alias + ".table_id = " + std::to_string(table.id) + " AND " + alias +
         ".end_snapshot IS NULL";
}

// "bucket(16)" of the catalog is bucket(16, column) in SQL.
std::string partition_key(const std::string& transform, const std::string& column) {
  const std::string name = model::quote_identifier(column);
  if (transform == "identity") return name;
  if (const size_t open = transform.find('('); open != std::string::npos) {
    return transform.substr(0, transform.size() - 1) + ", " + name + ")";
  }
  return transform + "(" + name + ")";
}

std::string partition_keys(engine::Connection& connection, const Lake& lake, const TableAt& table) {
  std::string keys;
  for (const engine::Row& row : connection.rows(
           "SELECT k.transform, c.column_name FROM " + lake.metadata("ducklake_partition_info") +
           " p JOIN " + lake.metadata("ducklake_partition_column") +
           " k USING (partition_id) JOIN " + lake.metadata("ducklake_column") +
           " c ON c.table_id = p.table_id AND c.column_id = k.column_id AND c.end_snapshot IS "
           "NULL WHERE " +
           of_table("p", table) + " ORDER BY k.partition_key_index")) {
    keys += (keys.empty() ? "" : ", ") + partition_key(row[0].value_or(""), row[1].value_or(""));
  }
  return keys;
}

std::string sort_keys(engine::Connection& connection, const Lake& lake, const TableAt& table) {
  std::string keys;
  for (const engine::Row& row :
       connection.rows("SELECT e.expression, e.sort_direction, e.null_order FROM " +
                       lake.metadata("ducklake_sort_info") + " i JOIN " +
                       lake.metadata("ducklake_sort_expression") + " e USING (sort_id) WHERE " +
                       of_table("i", table) + " ORDER BY e.sort_key_index")) {
    keys += (keys.empty() ? "" : ", ") + row[0].value_or("") + " " + row[1].value_or("ASC") + " " +
            row[2].value_or("NULLS_LAST").replace(5, 1, " ");
  }
  return keys;
}

}  // namespace

std::vector<std::string> create_table_sql(engine::Connection& connection, const Lake& source,
                                          const TableAt& table, const std::vector<Column>& columns,
                                          const std::string& made) {
  std::string all;
  for (const Column& column : columns) {
    all += (all.empty() ? "" : ", ") + model::column_definition(column);
  }
  std::vector<std::string> statements{"CREATE TABLE " + made + " (" + all + ")"};
  if (const std::string keys = partition_keys(connection, source, table); !keys.empty()) {
    statements.push_back("ALTER TABLE " + made + " SET PARTITIONED BY (" + keys + ")");
  }
  if (const std::string keys = sort_keys(connection, source, table); !keys.empty()) {
    statements.push_back("ALTER TABLE " + made + " SET SORTED BY (" + keys + ")");
  }
  return statements;
}

}  // namespace hotload::lake
