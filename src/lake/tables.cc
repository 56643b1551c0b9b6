// SPDX-License-Identifier: Apache-2.0
#include "lake/tables.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "lake/layout.h"
#include "model/identifier.h"
#include "model/type.h"

namespace hotload::lake {

namespace {

// One row of ducklake_column.
struct ColumnRow {
  std::string name;
  std::string type;
  bool nullable = true;
  std::vector<int64_t> children;
};

using ById = std::map<int64_t, ColumnRow>;

// DuckLake's names of types; the rest are the engine's own.
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kTypeNames{{
    {"int8", "TINYINT"},
    {"int16", "SMALLINT"},
    {"int32", "INTEGER"},
    {"int64", "BIGINT"},
    {"int128", "HUGEINT"},
    {"uint8", "UTINYINT"},
    {"uint16", "USMALLINT"},
    {"uint32", "UINTEGER"},
    {"uint64", "UBIGINT"},
    {"uint128", "UHUGEINT"},
    {"float32", "FLOAT"},
    {"float64", "DOUBLE"},
    {"timestamptz", "TIMESTAMP WITH TIME ZONE"},
    {"timetz", "TIME WITH TIME ZONE"},
    {"boolean", "BOOLEAN"},
}};

std::string type_of(const ById& columns, const ColumnRow& column) {
  const auto child = [&](size_t i) { return type_of(columns, columns.at(column.children.at(i))); };
  if (column.type == "list") return child(0) + "[]";
  if (column.type == "map") return "MAP(" + child(0) + ", " + child(1) + ")";
  if (column.type == "struct") {
    std::string fields;
    for (size_t i = 0; i < column.children.size(); ++i) {
      fields += (i == 0 ? "" : ", ") +
                model::quote_identifier(columns.at(column.children[i]).name) + " " + child(i);
    }
    return "STRUCT(" + fields + ")";
  }
  for (const auto& [theirs, ours] : kTypeNames) {
    if (column.type == theirs) return std::string(ours);
  }
  return column.type;
}

std::string current(const std::string& alias) { return alias + ".end_snapshot IS NULL"; }

// The engine names the folders of such schemas and tables after them, others by random ids.
bool is_plain(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  });
}

std::string folded_literal(const std::string& name) {
  return model::quote_literal(model::fold_case(name));
}

// As model::fold_case() folds: the engine's names differ in ASCII case alone, its lower() knows
// more.
std::string folded(const std::string& column) {
  return "translate(" + column + ", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')";
}

// The rows of ducklake_table that are the schema's now, as a relation.
std::string tables_of(const Lake& lake, const std::string& schema) {
  return "(SELECT t.* FROM " + lake.metadata("ducklake_schema") + " s JOIN " +
         lake.metadata("ducklake_table") + " t USING (schema_id) WHERE " + folded("s.schema_name") +
         " = " + folded_literal(schema) + " AND " + current("s") + " AND " + current("t") + ")";
}

std::string name_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    list += (list.empty() ? "" : ", ") + folded_literal(name);
  }
  return list;
}

}  // namespace

std::string valid_at(const std::string& alias, int64_t snapshot) {
  const std::string number = std::to_string(snapshot);
  return alias + ".begin_snapshot <= " + number + " AND (" + alias + ".end_snapshot IS NULL OR " +
         alias + ".end_snapshot > " + number + ")";
}

std::vector<std::string> list_schemas(engine::Connection& connection, const Lake& lake) {
  std::vector<std::string> names;
  for (const engine::Row& row :
       connection.rows("SELECT schema_name FROM " + lake.metadata("ducklake_schema") + " s WHERE " +
                       current("s") + " ORDER BY schema_name")) {
    if (row[0] && *row[0] != kOwnSchema) names.push_back(*row[0]);
  }
  return names;
}

bool has_schema(engine::Connection& connection, const Lake& lake, const std::string& schema) {
  return connection.integer("SELECT count(*) FROM " + lake.metadata("ducklake_schema") +
                            " s WHERE " + folded("schema_name") + " = " + folded_literal(schema) +
                            " AND " + current("s")) > 0;
}

std::map<std::string, std::vector<Column>> live_tables(engine::Connection& connection,
                                                       const Lake& lake, const std::string& schema,
                                                       const std::vector<std::string>& tables) {
  const std::string filter =
      tables.empty() ? "" : " AND " + folded("t.table_name") + " IN (" + name_list(tables) + ")";
  const auto rows = connection.rows(
      "SELECT t.table_id, t.table_name, c.column_id, c.column_name, c.column_type, "
      "c.nulls_allowed, c.parent_column FROM " +
      tables_of(lake, schema) + " t JOIN " + lake.metadata("ducklake_column") +
      " c USING (table_id) WHERE " + current("c") + filter +
      " ORDER BY t.table_id, c.column_order");
  std::map<std::string, std::vector<Column>> result;
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin;
    ById columns;
    std::vector<int64_t> top;
    for (; end < rows.size() && rows[end][0] == rows[begin][0]; ++end) {
      const engine::Row& row = rows[end];
      const int64_t id = std::stoll(*row[2]);
      ColumnRow& column = columns[id];
      column.name = row[3].value_or("");
      column.type = row[4].value_or("");
      column.nullable = row[5].value_or("true") == "true";
      if (row[6]) {
        columns[std::stoll(*row[6])].children.push_back(id);
      } else {
        top.push_back(id);
      }
    }
    std::vector<Column>& out = result[rows[begin][1].value_or("")];
    for (const int64_t id : top) {
      const ColumnRow& column = columns[id];
      out.push_back(
          {column.name, model::canonical_type(type_of(columns, column)), column.nullable});
    }
    begin = end;
  }
  return result;
}

TableFolders::TableFolders(engine::Connection& connection, const Lake& lake,
                           const std::string& schema)
    : schema_(connection.text("SELECT path FROM " + lake.metadata("ducklake_schema") + " s WHERE " +
                              folded("schema_name") + " = " + folded_literal(schema) + " AND " +
                              current("s"))) {
  if (!schema_) {
    if (is_plain(schema)) schema_ = schema + "/";
    return;
  }
  for (const engine::Row& row : connection.rows("SELECT " + folded("table_name") + ", path FROM " +
                                                tables_of(lake, schema))) {
    tables_[row[0].value_or("")] = row[1].value_or("");
  }
}

std::optional<std::string> TableFolders::of(const std::string& table, bool exists) const {
  if (!schema_) return std::nullopt;
  if (exists) {
    const auto own = tables_.find(model::fold_case(table));
    if (own != tables_.end()) return *schema_ + own->second;
  }
  return is_plain(table) ? std::optional(*schema_ + table + "/") : std::nullopt;
}

std::set<std::string> partitioned_tables(engine::Connection& connection, const Lake& lake,
                                         const std::string& schema) {
  std::set<std::string> names;
  for (const engine::Row& row :
       connection.rows("SELECT " + folded("t.table_name") + " FROM " + tables_of(lake, schema) +
                       " t JOIN " + lake.metadata("ducklake_partition_info") +
                       " p USING (table_id) WHERE " + current("p"))) {
    names.insert(row[0].value_or(""));
  }
  return names;
}

std::vector<TableInfo> table_infos(engine::Connection& connection, const Lake& lake,
                                   const std::string& schema) {
  std::map<std::string, TableInfo> infos;
  for (auto& [name, columns] : live_tables(connection, lake, schema, {})) {
    infos[name] = TableInfo{schema, name, std::move(columns), 0, 0, 0};
  }
  const auto rows = connection.rows(
      "SELECT t.table_name, coalesce(sum(f.record_count), 0) - coalesce(sum(d.deleted), 0), "
      "count(f.data_file_id), coalesce(sum(f.file_size_bytes), 0) FROM " +
      tables_of(lake, schema) + " t JOIN " + lake.metadata("ducklake_data_file") +
      " f USING (table_id) LEFT JOIN (SELECT data_file_id, sum(delete_count) AS deleted FROM " +
      lake.metadata("ducklake_delete_file") +
      " WHERE end_snapshot IS NULL GROUP BY ALL) d USING (data_file_id) WHERE " + current("f") +
      " GROUP BY ALL");
  for (const engine::Row& row : rows) {
    TableInfo& info = infos[row[0].value_or("")];
    info.rows = std::stoll(row[1].value_or("0"));
    info.files = std::stoll(row[2].value_or("0"));
    info.size_bytes = std::stoll(row[3].value_or("0"));
  }
  std::vector<TableInfo> all;
  for (auto& [name, info] : infos) all.push_back(std::move(info));
  return all;
}

}  // namespace hotload::lake
