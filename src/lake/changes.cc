// SPDX-License-Identifier: Apache-2.0
#include "lake/changes.h"

#include <algorithm>

#include "lake/as_of.h"
#include "lake/layout.h"
#include "lake/tables.h"
#include "lake/unique_keys.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

std::string within(const std::string& column, const SnapshotSpan& span) {
  return column + " > " + std::to_string(span.since) + " AND " + column +
         " <= " + std::to_string(span.until);
}

// What each snapshot did to the rows and columns of a table, in the engine's words.
std::string words_sql(const Lake& lake, const SnapshotSpan& span) {
  return "SELECT snapshot_id AS snapshot, split_part(word, ':', 1) AS word, "
         "TRY_CAST(split_part(word, ':', 2) AS BIGINT) AS table_id FROM (SELECT snapshot_id, "
         "unnest(string_split(changes_made, ',')) AS word FROM " +
         lake.metadata("ducklake_snapshot_changes") + " WHERE " + within("snapshot_id", span) +
         ") WHERE regexp_full_match(word, "
         "'(inserted_into_table|deleted_from_table|altered_table):[0-9]+')";
}

std::string events_sql(const Lake& lake, const SnapshotSpan& span) {
  const std::string tables = lake.metadata("ducklake_table");
  return "WITH words AS (" + words_sql(lake, span) +
         "), events AS (SELECT begin_snapshot AS snapshot, schema_id, table_name, 'created' AS "
         "kind "
         "FROM " +
         tables + " WHERE " + within("begin_snapshot", span) +
         " UNION SELECT end_snapshot, schema_id, table_name, 'dropped' FROM " + tables + " WHERE " +
         within("end_snapshot", span) +
         " UNION SELECT snapshot, schema_id, table_name, CASE word WHEN 'altered_table' THEN "
         "'altered' ELSE 'rows' END FROM words JOIN " +
         tables +
         " t USING (table_id) WHERE t.begin_snapshot <= snapshot AND (t.end_snapshot IS NULL OR "
         "t.end_snapshot > snapshot)), named AS (SELECT snapshot, schema_name, table_name, kind, "
         "list(kind) OVER (PARTITION BY snapshot, schema_name, table_name) AS kinds FROM events "
         "JOIN " +
         lake.metadata("ducklake_schema") +
         " USING (schema_id)) SELECT DISTINCT n.snapshot, coalesce(l.load_id, ''), n.schema_name, "
         "n.table_name, CASE WHEN kind = 'created' AND list_contains(kinds, 'dropped') THEN "
         "'replaced' ELSE kind END AS kind FROM named n LEFT JOIN " +
         lake.table(kOwnSchema, "receipts") +
         " l ON l.snapshot = n.snapshot AND lower(l.\"schema\") = lower(n.schema_name) WHERE "
         "n.schema_name <> " +
         model::quote_literal(kOwnSchema) +
         " AND NOT (kind IN ('dropped', 'altered') AND list_contains(kinds, 'created')) "
         "ORDER BY n.snapshot, n.schema_name, n.table_name, kind";
}

}  // namespace

SnapshotSpan resolve_span(Lake& lake, const Span& span) {
  SnapshotSpan resolved;
  if (!span.since.empty()) resolved.since = resolve_snapshot(lake, span.since);
  resolved.until = span.until.empty() ? lake.connect()->integer("SELECT max(snapshot_id) FROM " +
                                                                lake.metadata("ducklake_snapshot"))
                                      : resolve_snapshot(lake, span.until);
  if (resolved.since > resolved.until) {
    throw Error(ErrorCode::kInvalidArgument,
                "'" + span.since + "' is snapshot " + std::to_string(resolved.since) +
                    ", later than '" + span.until + "', which is snapshot " +
                    std::to_string(resolved.until) + "; name the earlier one first");
  }
  return resolved;
}

std::vector<TableAt> tables_at(engine::Connection& connection, const Lake& lake, int64_t snapshot) {
  std::vector<TableAt> tables;
  for (const engine::Row& row : connection.rows(
           "SELECT t.table_id, s.schema_name, t.table_name FROM " +
           lake.metadata("ducklake_table") + " t JOIN " + lake.metadata("ducklake_schema") +
           " s USING (schema_id) WHERE " + valid_at("t", snapshot) + " AND " +
           valid_at("s", snapshot) + " AND s.schema_name <> " + model::quote_literal(kOwnSchema) +
           " ORDER BY 2, 3")) {
    tables.push_back({std::stoll(row[0].value_or("0")), row[1].value_or(""), row[2].value_or("")});
  }
  return tables;
}

TableAt table_at(engine::Connection& connection, const Lake& lake, int64_t snapshot,
                 const std::string& schema, const std::string& table) {
  for (TableAt& one : tables_at(connection, lake, snapshot)) {
    if (model::same_name(one.schema, schema) && model::same_name(one.name, table)) {
      return std::move(one);
    }
  }
  throw Error(ErrorCode::kNotFound, "database '" + lake.name() + "' has no table " + schema + "." +
                                        table + " at snapshot " + std::to_string(snapshot));
}

std::vector<Column> columns_at(engine::Connection& connection, const Lake& lake,
                               const TableAt& table, int64_t snapshot) {
  std::vector<Column> columns;
  for (const engine::Row& row :
       connection.rows("DESCRIBE FROM " + lake.table(table.schema, table.name) +
                       " AT (VERSION => " + std::to_string(snapshot) + ")")) {
    columns.push_back({row[0].value_or(""), row[1].value_or(""), row[2] != "NO"});
  }
  return columns;
}

std::vector<CatalogColumn> catalog_columns(engine::Connection& connection, const Lake& lake,
                                           const TableAt& table, int64_t snapshot) {
  std::vector<CatalogColumn> columns;
  for (const engine::Row& row : connection.rows(
           "SELECT column_id, parent_column, column_name, column_type, nulls_allowed, "
           "initial_default FROM " +
           lake.metadata("ducklake_column") + " c WHERE table_id = " + std::to_string(table.id) +
           " AND " + valid_at("c", snapshot) + " ORDER BY column_order, column_id")) {
    columns.push_back({std::stoll(row[0].value_or("0")),
                       row[1] ? std::optional(std::stoll(*row[1])) : std::nullopt,
                       row[2].value_or(""), row[3].value_or(""), row[4] != "false", row[5]});
  }
  return columns;
}

std::vector<std::string> key_at(engine::Connection& connection, const Lake& lake,
                                const TableAt& table, int64_t snapshot) {
  for (UniqueKey& key : unique_keys(connection, lake, snapshot)) {
    if (model::same_name(key.schema, table.schema) && model::same_name(key.table, table.name)) {
      return std::move(key.columns);
    }
  }
  return {};
}

std::vector<TableEvent> table_events(engine::Connection& connection, const Lake& lake,
                                     const SnapshotSpan& span) {
  std::vector<TableEvent> events;
  for (const engine::Row& row : connection.rows(events_sql(lake, span))) {
    events.push_back({std::stoll(row[0].value_or("0")), row[1].value_or(""), row[2].value_or(""),
                      row[3].value_or(""), row[4].value_or("")});
  }
  return events;
}

std::vector<RowSnapshot> row_snapshots(engine::Connection& connection, const Lake& lake,
                                       const TableAt& table, const SnapshotSpan& span) {
  std::vector<RowSnapshot> found;
  // Since it has its name: the engine's account is asked for by that.
  for (const engine::Row& row : connection.rows(
           "SELECT snapshot, bool_or(word = 'inserted_into_table'), "
           "bool_or(word = 'deleted_from_table') FROM (" +
           words_sql(lake, span) + ") WHERE word <> 'altered_table' AND table_id = " +
           std::to_string(table.id) + " AND snapshot >= (SELECT max(begin_snapshot) FROM " +
           lake.metadata("ducklake_table") + " WHERE table_id = " + std::to_string(table.id) +
           " AND begin_snapshot <= " + std::to_string(span.until) +
           ") GROUP BY snapshot ORDER BY snapshot")) {
    found.push_back({std::stoll(row[0].value_or("0")), row[1] == "true", row[2] == "true"});
  }
  return found;
}

std::string maker_of(Lake& lake, int64_t snapshot) {
  for (const Receipt& receipt : lake.receipts()) {
    if (receipt.snapshot == snapshot) return "load " + receipt.key.load_id;
  }
  return "snapshot " + std::to_string(snapshot);
}

}  // namespace hotload::lake
