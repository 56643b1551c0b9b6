// SPDX-License-Identifier: Apache-2.0
#include "lake/rewrite.h"

#include "lake/changes.h"
#include "lake/nan_files.h"
#include "lake/table_sql.h"
#include "lake/tables.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

// Of integers a DOUBLE holds those of 53 bits; all other types that are rewritten hold each value.
void refuse_loss(engine::Connection& connection, const std::string& table, const Column& from,
                 const Column& to) {
  if (to.type != "DOUBLE") return;
  const std::string name = model::quote_identifier(from.name);
  const auto lost = connection.text("SELECT " + name + "::VARCHAR FROM " + table +
                                    " WHERE TRY_CAST(CAST(" + name + " AS DOUBLE) AS " + from.type +
                                    ") IS DISTINCT FROM " + name + " LIMIT 1");
  if (!lost) return;
  throw Error(
      ErrorCode::kTypeMismatch,
      "table " + table + ": column " + from.name + " holds " + *lost +
          ", which no DOUBLE does: load the values that are no integers into another column");
}

}  // namespace

void rewrite_table(Transaction& transaction, Lake& lake, const std::string& schema,
                   const std::string& table, const std::vector<Column>& columns) {
  engine::Connection& connection = transaction.connection();
  const TableAt old = table_at(connection, lake, transaction.next_snapshot() - 1, schema, table);
  const std::string from = lake.table(old.schema, old.name);
  std::vector<Column> all = live_tables(connection, lake, schema, {table}).begin()->second;
  std::string casts;
  for (Column& column : all) {
    const Column* to = model::find_column(columns, column.name);
    if (to == nullptr) continue;
    refuse_loss(connection, from, column, *to);
    column.type = to->type;
    const std::string name = model::quote_identifier(column.name);
    casts += (casts.empty() ? "" : ", ") + ("CAST(" + name + " AS " + to->type + ") AS ") + name;
  }
  const std::string name = "rewritten_" + random_hex();
  const std::string made = lake.table(old.schema, name);
  transaction.pin_schema();
  for (const std::string& sql : create_table_sql(connection, lake, old, all, made)) {
    connection.run(sql);
  }
  insert_rows(connection, lake, made, "(SELECT * REPLACE (" + casts + ") FROM " + from + ")", all);
  transaction.pin_schema();
  connection.run("DROP TABLE " + from);
  connection.run("ALTER TABLE " + made + " RENAME TO " + model::quote_identifier(old.name));
}

}  // namespace hotload::lake
