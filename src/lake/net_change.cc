// SPDX-License-Identifier: Apache-2.0
#include "lake/net_change.h"

#include <utility>

#include "lake/files.h"
#include "lake/nan_files.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

constexpr const char* kGoing = "'delete', 'update_before'";
constexpr const char* kComing = "'insert', 'update_after'";
// What the engine calls the number of a row, where no column bears that name.
constexpr const char* kRowId = "rowid";

std::vector<std::string> names_of(const std::vector<Column>& columns) {
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.name);
  return names;
}

}  // namespace

NetChange::NetChange(engine::Connection& connection, const ChangeQuery& query, Direction direction)
    : connection_(connection),
      columns_(query.columns),
      name_("temp.main." + model::quote_identifier("net_" + random_hex())) {
  const std::string turned =
      "CASE \"_change\" WHEN 'insert' THEN 'delete' WHEN 'delete' THEN 'insert' WHEN "
      "'update_before' THEN 'update_after' ELSE 'update_before' END AS \"_change\"";
  connection_.run("CREATE TEMP TABLE " + name_ + " AS SELECT " +
                  (direction == Direction::kForwards ? "*" : "* REPLACE (" + turned + ")") +
                  " FROM (" + query.sql + ")");
  going_ = connection_.integer("SELECT count(*) FROM " + going());
  coming_ = connection_.integer("SELECT count(*) FROM " + coming());
  updated_ = connection_.integer("SELECT count(*) FROM " + rows("'update_after'"));
}

NetChange::~NetChange() {
  try {
    connection_.run("DROP TABLE IF EXISTS " + name_);
  } catch (const Error&) {
    // The transaction is aborted or the engine dead: the table goes with them.
  }
}

std::string NetChange::rows(const char* changes) const {
  return "(SELECT * EXCLUDE (\"_change\") FROM " + name_ + " WHERE \"_change\" IN (" + changes +
         "))";
}

std::string NetChange::going() const { return rows(kGoing); }
std::string NetChange::coming() const { return rows(kComing); }
std::string NetChange::both() const {
  return "(SELECT * EXCLUDE (\"_change\") FROM " + name_ + ")";
}

TableReceipt NetChange::apply(const Lake& lake, const TableAt& table) {
  const std::string target = lake.table(table.schema, table.name);
  if (going_ > 0) {
    if (model::find_column(columns_, kRowId) != nullptr) {
      throw Error(ErrorCode::kUnsupported, "rows of table " + table.text() +
                                               " cannot be told apart: it has a column 'rowid'");
    }
    const std::vector<std::string> names = names_of(columns_);
    const std::string list = name_list(columns_, ", ");
    // Of rows that are equal as many go as have to.
    const int64_t gone = connection_.run(
        "DELETE FROM " + target +
        " WHERE rowid IN (SELECT h.\"_row\" FROM (SELECT rowid AS "
        "\"_row\", row_number() OVER (PARTITION BY " +
        list.substr(2) + ") AS \"_nth\"" + list + " FROM " + target + " t WHERE EXISTS (FROM " +
        going() + " g WHERE " + same_values(names, "g", "t") +
        ")) h JOIN (SELECT count(*) AS \"_times\"" + list + " FROM " + going() +
        " GROUP BY ALL) g ON " + same_values(names, "g", "h") + " AND h.\"_nth\" <= g.\"_times\")");
    if (gone != going_) {
      throw Error(ErrorCode::kFailedPrecondition,
                  "table " + table.text() + " has " + std::to_string(gone) + " of " +
                      std::to_string(going_) + " rows that would have to go; nothing was changed");
    }
  }
  if (coming_ > 0) insert_rows(connection_, lake, target, coming(), columns_);
  TableReceipt receipt{.table = table.name};
  receipt.updated = updated_;
  receipt.inserted = coming_ - updated_;
  receipt.deleted = going_ - updated_;
  return receipt;
}

}  // namespace hotload::lake
