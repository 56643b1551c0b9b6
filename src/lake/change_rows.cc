// SPDX-License-Identifier: Apache-2.0
// The SQL of changed rows. What a span inserted and what it deleted are two bags of rows; rows that
// are in both are no change, and what is left of a key in both is one row that was updated.
#include <algorithm>
#include <array>
#include <optional>

#include "lake/changes.h"
#include "lake/layout.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

using model::quote_identifier;

// Columns that the answers have besides the table's.
constexpr std::array<std::string_view, 5> kOwnColumns{"_change", "_snapshot", "_load_id", "_nth",
                                                      "_here"};

std::string at(const Lake& lake, const TableAt& table, int64_t snapshot) {
  return lake.table(table.schema, table.name) + " AT (VERSION => " + std::to_string(snapshot) + ")";
}

void refuse_column(const TableAt& table, const std::vector<Column>& columns,
                   std::string_view reserved) {
  if (model::find_column(columns, reserved) == nullptr) return;
  throw Error(ErrorCode::kUnsupported, "table " + table.text() + " has a column '" +
                                           std::string(reserved) +
                                           "', which the account of its changes needs itself");
}

// One of the engine's two accounts, of one snapshot: over several ones it tells what maintenance
// moved, and names wrong snapshots for deletes.
std::string account(const Lake& lake, const char* function, const TableAt& table, int64_t snapshot,
                    int64_t label) {
  return " UNION ALL BY NAME SELECT " + std::to_string(label) +
         "::BIGINT AS \"_snapshot\", * FROM " + function + "(" +
         model::quote_literal(lake.alias()) + ", " + model::quote_literal(table.schema) + ", " +
         model::quote_literal(table.name) + ", " + std::to_string(snapshot) + ", " +
         std::to_string(snapshot) + ")";
}

// The rows that came and went, those that did both taken out.
struct Bags {
  std::string come;  // queries of ("_snapshot", columns...)
  std::string gone;
  bool both = false;  // each may hold what the other does
};

std::string with_bags(const Bags& bags) {
  const std::string both = "WITH come AS (" + bags.come + "), gone AS (" + bags.gone + "), ";
  if (!bags.both) return both + "fresh AS (FROM come), stale AS (FROM gone)";
  return both +
         "fresh AS (FROM come EXCEPT ALL FROM gone), stale AS (FROM gone EXCEPT ALL FROM come)";
}

std::string without_key(const Bags& bags) {
  return with_bags(bags) +
         " SELECT 'delete' AS \"_change\", * FROM stale UNION ALL SELECT 'insert', * FROM fresh";
}

std::string by_key(const Bags& bags, const std::vector<Column>& columns,
                   const std::vector<std::string>& key) {
  std::string keys, inner, outer;
  for (const std::string& name : key) keys += ", " + quote_identifier(name);
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string name = quote_identifier(columns[i].name);
    inner +=
        ", o." + name + " AS o" + std::to_string(i) + ", n." + name + " AS n" + std::to_string(i);
    outer += ", CASE WHEN \"_change\" IN ('delete', 'update_before') THEN o" + std::to_string(i) +
             " ELSE n" + std::to_string(i) + " END AS " + name;
  }
  // A statement may have written a key twice: its rows are paired one by one.
  const auto numbered = [&](const char* bag) {
    return std::string(
               "(SELECT *, true AS \"_here\", row_number() OVER (PARTITION BY "
               "\"_snapshot\"") +
           keys + ") AS \"_nth\" FROM " + bag + ")";
  };
  return with_bags(bags) + " SELECT \"_change\", \"_snapshot\"" + outer +
         " FROM (SELECT unnest(CASE WHEN o.\"_here\" AND n.\"_here\" THEN ['update_before', "
         "'update_after'] WHEN o.\"_here\" THEN ['delete'] ELSE ['insert'] END) AS \"_change\", "
         "coalesce(o.\"_snapshot\", n.\"_snapshot\") AS \"_snapshot\"" +
         inner + " FROM " + numbered("stale") + " o FULL JOIN " + numbered("fresh") +
         " n ON o.\"_snapshot\" = n.\"_snapshot\" AND o.\"_nth\" = n.\"_nth\" AND " +
         same_values(key, "o", "n") + ")";
}

// The key, unless a column of it is gone.
std::vector<std::string> usable_key(std::vector<std::string> key,
                                    const std::vector<Column>& columns) {
  const bool usable = std::all_of(key.begin(), key.end(), [&](const std::string& name) {
    return model::find_column(columns, name) != nullptr;
  });
  return usable ? std::move(key) : std::vector<std::string>();
}

ChangeQuery start(engine::Connection& connection, const Lake& lake, const TableAt& table,
                  const SnapshotSpan& span) {
  ChangeQuery query;
  query.columns = columns_at(connection, lake, table, span.until);
  query.key = usable_key(key_at(connection, lake, table, span.until), query.columns);
  for (const std::string_view name : kOwnColumns) refuse_column(table, query.columns, name);
  return query;
}

std::string paired(const ChangeQuery& query, const Bags& bags) {
  return query.key.empty() ? without_key(bags) : by_key(bags, query.columns, query.key);
}

// `label`: what all rows bear as their snapshot, else each the one that it is of. The columns are
// those at snapshot `until`.
Bags accounts(const Lake& lake, const TableAt& table, const std::vector<RowSnapshot>& snapshots,
              int64_t until, const std::vector<Column>& columns,
              std::optional<int64_t> label = std::nullopt) {
  // Earlier snapshots may have fewer columns and narrower ones.
  const std::string none = "SELECT NULL::BIGINT AS \"_snapshot\"" + name_list(columns, ", ") +
                           " FROM " + at(lake, table, until) + " WHERE false";
  Bags bags{none, none, false};
  bool inserts = false, deletes = false;
  for (const RowSnapshot& one : snapshots) {
    const int64_t shown = label.value_or(one.snapshot);
    if (one.inserts) {
      bags.come += account(lake, "ducklake_table_insertions", table, one.snapshot, shown);
    }
    if (one.deletes) {
      bags.gone += account(lake, "ducklake_table_deletions", table, one.snapshot, shown);
    }
    inserts = inserts || one.inserts;
    deletes = deletes || one.deletes;
  }
  bags.both = inserts && deletes;
  for (std::string* bag : {&bags.come, &bags.gone}) {
    *bag = "SELECT \"_snapshot\"" + name_list(columns, ", ") + " FROM (" + *bag + ")";
  }
  return bags;
}

std::string order_by(const std::vector<std::string>& key, const std::string& first) {
  std::string order = first;
  for (const std::string& name : key) {
    order += (order.empty() ? "" : ", ") + quote_identifier(name);
  }
  return " ORDER BY " + order + (order.empty() ? "" : ", ") +
         (key.empty() ? "\"_change\"" : "\"_change\" DESC");
}

bool is_there(engine::Connection& connection, const Lake& lake, int64_t snapshot,
              const TableAt& table) {
  const std::vector<TableAt> all = tables_at(connection, lake, snapshot);
  return std::any_of(all.begin(), all.end(), [&](const TableAt& one) {
    return one.id == table.id && model::same_name(one.name, table.name);
  });
}

}  // namespace

std::string name_list(const std::vector<Column>& columns, const std::string& prefix) {
  std::string list;
  for (const Column& column : columns) list += prefix + quote_identifier(column.name);
  return list;
}

std::string same_values(const std::vector<std::string>& names, const std::string& left,
                        const std::string& right) {
  std::string text = "true";
  for (const std::string& name : names) {
    const std::string column = quote_identifier(name);
    text += " AND " + left + "." + column + " IS NOT DISTINCT FROM " + right + "." + column;
  }
  return text;
}

ChangeQuery feed_query(engine::Connection& connection, const Lake& lake, const TableAt& table,
                       const SnapshotSpan& span) {
  ChangeQuery query = start(connection, lake, table, span);
  const std::string names = name_list(query.columns, ", c.");
  std::string changed;
  if (span.since == kNothing) {
    changed = "SELECT 'insert' AS \"_change\", " + std::to_string(span.until) +
              " AS \"_snapshot\"" + name_list(query.columns, ", ") + " FROM " +
              at(lake, table, span.until);
  } else {
    changed = paired(query, accounts(lake, table, row_snapshots(connection, lake, table, span),
                                     span.until, query.columns));
  }
  query.sql =
      "SELECT c.\"_change\", c.\"_snapshot\"::BIGINT AS \"_snapshot\", l.load_id AS "
      "\"_load_id\"" +
      names + " FROM (" + changed + ") c LEFT JOIN " + lake.table(kOwnSchema, "receipts") +
      " l ON l.snapshot = c.\"_snapshot\" AND "
      "lower(l.\"schema\") = " +
      model::quote_literal(model::fold_case(table.schema));
  query.order = order_by(query.key, "\"_snapshot\"");
  return query;
}

ChangeQuery net_query(engine::Connection& connection, const Lake& lake, const TableAt& table,
                      const SnapshotSpan& span) {
  ChangeQuery query = start(connection, lake, table, span);
  Bags bags;
  if (span.since != kNothing && is_there(connection, lake, span.since, table)) {
    bags = accounts(lake, table, row_snapshots(connection, lake, table, span), span.until,
                    query.columns, span.until);
  } else {
    bags.come = "SELECT " + std::to_string(span.until) + " AS \"_snapshot\"" +
                name_list(query.columns, ", ") + " FROM " + at(lake, table, span.until);
    bags.gone = "FROM (" + bags.come + ") WHERE false";
  }
  query.sql = "SELECT * EXCLUDE (\"_snapshot\") FROM (" + paired(query, bags) + ")";
  query.order = order_by(query.key, "");
  return query;
}

ChangeQuery written_query(engine::Connection& connection, const Lake& lake, const TableAt& table,
                          const std::vector<RowSnapshot>& snapshots, int64_t until) {
  ChangeQuery query = start(connection, lake, table, {kNothing, until});
  const Bags bags = accounts(lake, table, snapshots, until, query.columns);
  query.sql = "SELECT 'delete' AS \"_change\", * FROM (" + bags.gone +
              ") UNION ALL SELECT 'insert', * FROM (" + bags.come + ")";
  return query;
}

namespace {

const TableAt* find_named(const std::vector<TableAt>& tables, const TableAt& wanted) {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const TableAt& one) {
    return model::same_name(one.schema, wanted.schema) && model::same_name(one.name, wanted.name);
  });
  return found == tables.end() ? nullptr : &*found;
}

int64_t count_rows(engine::Connection& connection, const std::string& relation) {
  return connection.integer("SELECT count(*) FROM " + relation);
}

std::vector<TableAt> tables_before(engine::Connection& connection, const Lake& lake,
                                   int64_t snapshot) {
  return snapshot == kNothing ? std::vector<TableAt>() : tables_at(connection, lake, snapshot);
}

TableDiff diff_table(engine::Connection& connection, const Lake& lake, const TableAt* before,
                     const TableAt* after, const SnapshotSpan& span) {
  const TableAt& table = after != nullptr ? *after : *before;
  TableDiff diff{.schema = table.schema, .table = table.name, .kind = "changed", .key = {}};
  if (before == nullptr) diff.kind = "created";
  if (after == nullptr) diff.kind = "dropped";
  if (before != nullptr && after != nullptr && before->id != after->id) diff.kind = "replaced";
  if (diff.kind != "changed") {
    if (before != nullptr) diff.deleted = count_rows(connection, at(lake, *before, span.since));
    if (after != nullptr) diff.inserted = count_rows(connection, at(lake, *after, span.until));
    return diff;
  }
  diff.altered = catalog_columns(connection, lake, *before, span.since) !=
                 catalog_columns(connection, lake, *after, span.until);
  if (row_snapshots(connection, lake, table, span).empty()) return diff;
  const ChangeQuery net = net_query(connection, lake, table, span);
  diff.key = net.key;
  for (const engine::Row& row : connection.rows("SELECT \"_change\", count(*) FROM (" + net.sql +
                                                ") GROUP BY \"_change\"")) {
    const int64_t rows = std::stoll(row[1].value_or("0"));
    if (row[0] == "insert") diff.inserted = rows;
    if (row[0] == "update_after") diff.updated = rows;
    if (row[0] == "delete") diff.deleted = rows;
  }
  return diff;
}

bool is_nothing(const TableDiff& diff) {
  return diff.kind == "changed" && !diff.altered && diff.inserted == 0 && diff.updated == 0 &&
         diff.deleted == 0;
}

}  // namespace

DatabaseDiff diff_tables(engine::Connection& connection, const Lake& lake,
                         const SnapshotSpan& span) {
  DatabaseDiff diff{.since = span.since, .until = span.until, .tables = {}};
  const std::vector<TableAt> before = tables_before(connection, lake, span.since);
  const std::vector<TableAt> after = tables_at(connection, lake, span.until);
  for (const TableAt& table : after) {
    TableDiff one = diff_table(connection, lake, find_named(before, table), &table, span);
    if (!is_nothing(one)) diff.tables.push_back(std::move(one));
  }
  for (const TableAt& table : before) {
    if (find_named(after, table) != nullptr) continue;
    diff.tables.push_back(diff_table(connection, lake, &table, nullptr, span));
  }
  return diff;
}

std::string diff_rows_sql(engine::Connection& connection, const Lake& lake,
                          const std::string& schema, const std::string& table,
                          const SnapshotSpan& span) {
  const TableAt wanted{0, schema, table};
  const std::vector<TableAt> before = tables_before(connection, lake, span.since);
  const std::vector<TableAt> after = tables_at(connection, lake, span.until);
  const TableAt* old_table = find_named(before, wanted);
  const TableAt* new_table = find_named(after, wanted);
  if (new_table == nullptr && old_table == nullptr) {
    table_at(connection, lake, span.until, schema, table);
  }
  if (new_table == nullptr) {
    return "SELECT 'delete' AS \"_change\", * FROM " + at(lake, *old_table, span.since);
  }
  const ChangeQuery net = net_query(connection, lake, *new_table, span);
  if (old_table == nullptr || old_table->id == new_table->id) return net.sql + net.order;
  // Another table of the same name: its rows went, told with the columns of the one that is there.
  const std::vector<Column> old_columns = columns_at(connection, lake, *old_table, span.since);
  std::string columns;
  for (const Column& column : net.columns) {
    const bool shared = model::find_column(old_columns, column.name) != nullptr;
    columns += ", " +
               (shared ? "TRY_CAST(" + quote_identifier(column.name) + " AS " + column.type + ")"
                       : "NULL") +
               " AS " + quote_identifier(column.name);
  }
  return "SELECT 'delete' AS \"_change\"" + columns + " FROM " + at(lake, *old_table, span.since) +
         " UNION ALL (" + net.sql + ")";
}

}  // namespace hotload::lake
