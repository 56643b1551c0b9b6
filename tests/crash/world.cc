// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <algorithm>
#include <array>

#include "engine/connection.h"
#include "rows.h"

namespace hotload::crash {

namespace {

constexpr std::array<const char*, 6> kNames{"append",        "replace",       "upsert",
                                            "delete_insert", "schema_change", "mixed"};
constexpr std::array<const char*, 6> kTables{"appended", "replaced",      "upserted",
                                             "parent",   "parent__child", "changing"};

// What the SQL of a load adds to each value of the rows that it appends: twice would be seen.
constexpr int64_t kAddedBySql = 1000;

// Row j of load i: every table has a key and a value; both tell which load wrote them.
struct Pair {
  int64_t key;
  int64_t value;
};

Pair pair_of(const std::string& table, int i, int j) {
  if (table == "appended" || table == "changing") return {i * kRowsOfALoad + j, i};
  if (table == "replaced") return {j, i};
  // Half of the keys come again with the next load, half are new.
  return {i * kRowsOfALoad / 2 + j, i};
}

// SELECT of load i's rows of `table`, for its file.
std::string rows_sql(const std::string& table, int i) {
  std::string values;
  for (int j = 0; j < kRowsOfALoad; ++j) {
    const Pair pair = pair_of(table, i, j);
    const std::string k = std::to_string(pair.key), v = std::to_string(pair.value);
    std::string row = k + ", " + v;
    if (table == "parent") row += ", 'p" + k + "_" + v + "'";
    if (table == "parent__child") row += ", 'c" + k + "_" + v + "', 'p" + k + "_" + v + "'";
    if (table == "changing" && i >= 2) row += ", 'e" + v + "'";
    values += (j == 0 ? "(" : ", (") + row + ")";
  }
  std::string names = "k, v";
  if (table == "parent") names += ", _dlt_id";
  if (table == "parent__child") names += ", _dlt_id, _dlt_root_id";
  if (table == "changing" && i >= 2) names += ", extra";
  const std::string key_type = table == "changing" && i < 3 ? "INTEGER" : "BIGINT";
  // Not adopted as it is: staging converts it.
  const std::string value_type = table == "replaced" ? "DECIMAL(18,0)" : "BIGINT";
  return "SELECT * REPLACE (k::" + key_type + " AS k, v::" + value_type + " AS v) FROM (VALUES " +
         values + ") AS t(" + names + ")";
}

}  // namespace

std::string name_of(Kind kind) { return kNames[static_cast<size_t>(kind)]; }

Kind kind_named(const std::string& name) {
  for (const Kind kind : kAllKinds) {
    if (name_of(kind) == name) return kind;
  }
  throw Error(ErrorCode::kInvalidArgument, "no kind of load is named " + name);
}

bool World::touches(const std::string& table) const {
  switch (kind_) {
    case Kind::kAppend:
      return table == "appended";
    case Kind::kReplace:
      return table == "replaced";
    case Kind::kUpsert:
      return table == "upserted";
    case Kind::kDeleteInsert:
      return table.starts_with("parent");
    case Kind::kSchemaChange:
      return table == "changing";
    case Kind::kMixed:
      return true;
  }
  return false;
}

std::string World::file(const std::string& table, int i) const {
  return (folder_ / (table + "-" + std::to_string(i) + ".parquet")).string();
}

void World::make_files(int count) const {
  engine::Instance instance({});
  engine::Connection connection(instance);
  for (const char* table : kTables) {
    if (!touches(table)) continue;
    for (int i = 0; i < count; ++i) {
      connection.run("COPY (" + rows_sql(table, i) + ") TO '" + file(table, i) +
                     "' (FORMAT parquet)");
    }
  }
}

std::vector<TableSpec> World::specs(int i) const {
  std::vector<TableSpec> all;
  for (const std::string table : kTables) {
    if (!touches(table)) continue;
    TableSpec spec;
    spec.name = table;
    spec.columns = {{"k", "BIGINT"}, {"v", "BIGINT"}};
    if (table == "replaced") spec.disposition = Disposition::kReplace;
    if (table == "upserted" || table == "parent") {
      spec.disposition = Disposition::kMerge;
      spec.strategy = table == "parent" ? MergeStrategy::kDeleteInsert : MergeStrategy::kUpsert;
      spec.primary_key = {"k"};
    }
    if (table == "parent") {
      spec.columns.push_back({"_dlt_id", "VARCHAR"});
      spec.row_key = "_dlt_id";
    }
    if (table == "parent__child") {
      spec.disposition = Disposition::kMerge;
      spec.columns.push_back({"_dlt_id", "VARCHAR"});
      spec.columns.push_back({"_dlt_root_id", "VARCHAR"});
      spec.parent = "parent";
      spec.row_key = "_dlt_id";
      spec.root_key = "_dlt_root_id";
    }
    if (table == "changing") {
      spec.columns[0].type = i < 3 ? "INTEGER" : "BIGINT";       // widened by load 3
      if (i >= 2) spec.columns.push_back({"extra", "VARCHAR"});  // added by load 2
    }
    all.push_back(std::move(spec));
  }
  return all;
}

Receipt World::run_load(Database& database, int i) const {
  auto load = database.open_load({"s", "world", "load" + std::to_string(i)});
  load->declare(specs(i));
  load->publish_schema({});
  for (const TableSpec& spec : specs(i)) {
    StageOptions options;
    options.immutable = true;
    load->stage_file(spec.name, "job0", file(spec.name, i), options);
  }
  if (kind_ == Kind::kMixed) {
    load->run_sql({"sql0", "UPDATE appended SET v = v + " + std::to_string(kAddedBySql) +
                               " WHERE k >= " + std::to_string(i * kRowsOfALoad)});
  }
  return load->commit();
}

State World::expected(int count) const {
  State state;
  for (const std::string table : kTables) {
    if (!touches(table) || count == 0) continue;
    std::map<int64_t, std::vector<std::string>> rows;  // by key
    for (int i = 0; i < count; ++i) {
      if (table == "replaced") rows.clear();
      for (int j = 0; j < kRowsOfALoad; ++j) {
        const Pair pair = pair_of(table, i, j);
        const bool by_sql = kind_ == Kind::kMixed && table == "appended";
        std::string text = std::to_string(pair.key) + "|" +
                           std::to_string(pair.value + (by_sql ? kAddedBySql : 0));
        if (table == "changing" && i >= 2) text += "|e" + std::to_string(pair.value);
        rows[pair.key] = {text};
      }
    }
    std::vector<std::string>& out = state[table];
    for (const auto& [key, texts] : rows) out.insert(out.end(), texts.begin(), texts.end());
    std::sort(out.begin(), out.end());
  }
  return state;
}

State World::actual(Database& database) const {
  State state;
  auto session = database.open_session({.schema = {}, .read_only = true});
  session->begin();  // one snapshot for all tables and their columns
  for (const std::string table : kTables) {
    const std::vector<std::string> columns =
        texts(session->query("SELECT column_name FROM duckdb_columns() WHERE database_name = "
                             "current_database() AND schema_name = 's' AND table_name = '" +
                                 table + "'",
                             {}));
    if (columns.empty()) continue;
    std::string text = "k::VARCHAR || '|' || v::VARCHAR";
    if (std::find(columns.begin(), columns.end(), "extra") != columns.end()) {
      text += " || coalesce('|' || extra, '')";
    }
    std::vector<std::string> rows =
        texts(session->query("SELECT " + text + " FROM s." + table, {}));
    // A table that was published early and holds nothing yet is as good as none.
    if (rows.empty()) continue;
    std::sort(rows.begin(), rows.end());
    state[table] = std::move(rows);
  }
  session->rollback();
  return state;
}

}  // namespace hotload::crash
