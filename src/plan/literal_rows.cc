// SPDX-License-Identifier: Apache-2.0
#include "plan/literal_rows.h"

#include "hotload/error.h"
#include "model/identifier.h"
#include "model/number.h"
#include "model/type.h"
#include "model/widening.h"
#include "plan/stage_relation.h"

namespace hotload::plan {

using model::quote_identifier;
using model::quote_literal;

namespace {

// A cast of text rounds without a word: 2.7 would delete the rows of 3.
void refuse_rounding(const std::string& value, const Table& table, const Column& column) {
  const model::Type type = model::parse_type(column.type);
  if (!model::is_integer(type) && type.kind != model::TypeKind::kDecimal) return;
  if (model::decimals_of(value) <= type.scale) return;
  throw Error(ErrorCode::kTypeMismatch, "a row for table " + table.name + ": column '" +
                                            column.name + "' is " + column.type +
                                            ", which cannot hold the value " + value + " as it is");
}

std::string value_of(const std::optional<std::string>& value, const Table& table,
                     const Column& column) {
  if (value) refuse_rounding(*value, table, column);
  return "CAST(" + (value ? quote_literal(*value) : std::string("NULL")) + " AS " + column.type +
         ")";
}

std::string tuple(const RowInsert& row, const Table& table, const std::vector<Column>& columns) {
  std::string values;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) values += ", ";
    values += value_of(row.values[i], table, columns[i]);
  }
  return "(" + values + ")";
}

}  // namespace

void delete_literal_rows(Builder& builder, Tables& tables, const std::vector<RowDelete>& rows) {
  for (const RowDelete& row : rows) {
    const Table* table = tables.find(row.table);
    if (table == nullptr || table->empty) continue;
    const Column* column = model::find_column(table->columns, row.column);
    if (column == nullptr) continue;
    builder.sql(*table,
                "DELETE FROM " + table->qualified + " WHERE " + quote_identifier(column->name) +
                    " = " + value_of(row.value, *table, *column),
                Count::kDeleted);
  }
}

void insert_literal_rows(Builder& builder, Tables& tables, const std::vector<RowInsert>& rows) {
  for (size_t i = 0; i < rows.size();) {
    const RowInsert& first = rows[i];
    const Table& table = tables.at(first.table, "rows are to be inserted into");
    if (first.columns.empty() || first.columns.size() != first.values.size()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "a row for table " + first.table + " needs one value a column, and columns");
    }
    const std::vector<Column> columns = pick(table.columns, first.columns);
    std::string values = tuple(first, table, columns);
    for (++i; i < rows.size() && rows[i].table == first.table && rows[i].columns == first.columns &&
              rows[i].values.size() == columns.size();
         ++i) {
      values += ", " + tuple(rows[i], table, columns);
    }
    builder.sql(table,
                "INSERT INTO " + table.qualified + " (" + name_list(columns) + ") VALUES " + values,
                Count::kInserted);
  }
}

}  // namespace hotload::plan
