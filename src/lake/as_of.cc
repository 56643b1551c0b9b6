// SPDX-License-Identifier: Apache-2.0
#include "lake/as_of.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>
#include <utility>

#include "lake/layout.h"
#include "lake/retention.h"
#include "lake/tables.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

// What lists tables without naming them.
constexpr std::array<std::string_view, 5> kListings{"show", "information_schema", "duckdb_", "pg_",
                                                    "describe"};

bool is_number(const std::string& text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

Error expired(const Lake& lake, const std::string& what, int64_t oldest) {
  return {ErrorCode::kExpired, what + " of database '" + lake.name() +
                                   "' lies before the retention: the oldest snapshot that is "
                                   "kept is " +
                                   std::to_string(oldest)};
}

// The snapshot of that number if it is still there.
int64_t existing(engine::Connection& connection, const Lake& lake, int64_t snapshot,
                 const std::string& what) {
  const std::string snapshots = lake.metadata("ducklake_snapshot");
  if (connection.integer("SELECT count(*) FROM " + snapshots +
                         " WHERE snapshot_id = " + std::to_string(snapshot)) > 0) {
    return snapshot;
  }
  if (snapshot > connection.integer("SELECT max(snapshot_id) FROM " + snapshots)) {
    throw Error(ErrorCode::kNotFound,
                "database '" + lake.name() + "' has no snapshot " + std::to_string(snapshot));
  }
  throw expired(lake, what, connection.integer("SELECT min(snapshot_id) FROM " + snapshots));
}

int64_t snapshot_at_time(engine::Connection& connection, const Lake& lake,
                         const std::string& time) {
  const std::string snapshots = lake.metadata("ducklake_snapshot");
  const std::string moment = "TRY_CAST(" + model::quote_literal(time) + " AS TIMESTAMPTZ)";
  if (connection.integer("SELECT count(*) WHERE " + moment + " IS NOT NULL") == 0) {
    throw Error(ErrorCode::kInvalidArgument, "'" + time + "' is no load of database '" +
                                                 lake.name() +
                                                 "', no number of a snapshot and no ISO 8601 time");
  }
  const auto found = connection.text("SELECT max(snapshot_id) FROM " + snapshots +
                                     " WHERE snapshot_time <= " + moment);
  if (found) return std::stoll(*found);
  const int64_t oldest = connection.integer("SELECT min(snapshot_id) FROM " + snapshots);
  if (oldest > 0) throw expired(lake, "the time " + time, oldest);
  throw Error(ErrorCode::kNotFound, "database '" + lake.name() + "' did not exist at " + time);
}

}  // namespace

int64_t resolve_snapshot(Lake& lake, const std::string& as_of) {
  const std::shared_ptr<engine::Connection> connection = lake.connect();
  std::vector<Receipt> loads = lake.receipts();
  std::erase_if(loads, [&](const Receipt& receipt) { return receipt.key.load_id != as_of; });
  if (loads.size() > 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "load id '" + as_of + "' names " + std::to_string(loads.size()) +
                    " loads of database '" + lake.name() +
                    "', of several schemas; give the number of a snapshot (see the history)");
  }
  if (!loads.empty()) {
    return existing(*connection, lake, loads.front().snapshot, "load '" + as_of + "'");
  }
  if (is_number(as_of)) {
    return existing(*connection, lake, std::stoll(as_of), "snapshot " + as_of);
  }
  return snapshot_at_time(*connection, lake, as_of);
}

AsOfCatalog::AsOfCatalog(Lake& lake, int64_t snapshot)
    : lake_(lake),
      snapshot_(snapshot),
      name_("as_of_" + random_hex()),
      connection_(lake.connect()) {
  const auto valid = [&](const char* alias) { return valid_at(alias, snapshot); };
  const auto relations = [&](const std::string& table, const std::string& columns) {
    return "SELECT s.schema_name, " + columns + " FROM " + lake.metadata(table) + " r JOIN " +
           lake.metadata("ducklake_schema") + " s USING (schema_id) WHERE " + valid("r") + " AND " +
           valid("s") + " AND s.schema_name <> " + model::quote_literal(kOwnSchema);
  };
  const auto schemas = connection_->rows(
      "SELECT schema_name FROM " + lake.metadata("ducklake_schema") + " s WHERE " + valid("s"));
  for (const engine::Row& row :
       connection_->rows(relations("ducklake_table", "r.table_name, ''") + " UNION ALL " +
                         relations("ducklake_view", "r.view_name, r.sql"))) {
    relations_.push_back({row[0].value_or(""), row[1].value_or(""), row[2].value_or("")});
  }
  connection_->run("ATTACH ':memory:' AS " + model::quote_identifier(name_));
  for (const engine::Row& row : schemas) {
    if (*row[0] == kOwnSchema) continue;
    connection_->run("CREATE SCHEMA IF NOT EXISTS " + model::quote_identifier(name_) + "." +
                     model::quote_identifier(*row[0]));
    schemas_.insert(model::fold_case(*row[0]));
  }
}

AsOfCatalog::~AsOfCatalog() {
  try {
    connection_->run("USE memory; DETACH " + model::quote_identifier(name_));
  } catch (const Error&) {
    // The engine is dead, and the catalog with it.
  }
}

bool AsOfCatalog::has_schema(const std::string& schema) const {
  return schemas_.contains(model::fold_case(schema));
}

void AsOfCatalog::prepare(const std::string& sql) {
  const std::string text = model::fold_case(sql);
  const std::regex own("\\b" + model::fold_case(lake_.alias()) + "\"?\\s*\\.");
  if (std::regex_search(text, own)) {
    throw Error(ErrorCode::kInvalidArgument, "a query of the past names tables as schema.table: '" +
                                                 lake_.alias() + "' is the database of today");
  }
  const auto named = [&](std::string_view word) { return text.find(word) != std::string::npos; };
  if (std::any_of(kListings.begin(), kListings.end(), named)) return prepare_all();
  make_named_in(text);
}

void AsOfCatalog::prepare_all() {
  for (Relation& relation : relations_) make(relation);
}

// A name that needs escapes within quotes may be spelt in more than one way: it counts as named.
void AsOfCatalog::make_named_in(const std::string& folded_text) {
  for (Relation& relation : relations_) {
    const bool plain = relation.name.find('"') == std::string::npos;
    const bool named =
        !plain || folded_text.find(model::fold_case(relation.name)) != std::string::npos;
    if (named) make(relation);
  }
}

void AsOfCatalog::make(Relation& relation) {
  if (std::exchange(relation.made, true)) return;
  const std::string schema =
      model::quote_identifier(name_) + "." + model::quote_identifier(relation.schema);
  const std::string create =
      "CREATE VIEW " + schema + "." + model::quote_identifier(relation.name) + " AS ";
  try {
    if (relation.sql.empty()) {
      connection_->run(create + "FROM " + lake_.table(relation.schema, relation.name) +
                       " AT (VERSION => " + std::to_string(snapshot_) + ")");
      return;
    }
    make_named_in(model::fold_case(relation.sql));
    connection_->run("USE " + schema + "; " + create + relation.sql);
  } catch (const Error& error) {
    relation.made = false;
    throw explain_missing_snapshot(lake_, error);
  }
}

}  // namespace hotload::lake
