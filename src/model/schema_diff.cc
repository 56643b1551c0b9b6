// SPDX-License-Identifier: Apache-2.0
#include "model/schema_diff.h"

#include "hotload/error.h"
#include "model/identifier.h"
#include "model/type.h"
#include "model/widening.h"

namespace hotload::model {

SchemaDiff diff_schema(const std::vector<Column>& live, const std::vector<Column>& declared) {
  SchemaDiff diff;
  for (const Column& column : declared) {
    const Type declared = parse_type(column.type);
    const Column* there = find_column(live, column.name);
    if (there == nullptr) {
      // Rows that exist have no value for it, so it cannot be NOT NULL.
      diff.added.push_back({column.name, to_sql(storage_type(declared)), true});
      continue;
    }
    switch (merge_types(parse_type(there->type), declared)) {
      case TypeMerge::kKeep:
        break;
      case TypeMerge::kWiden:
        diff.widened.push_back({there->name, to_sql(storage_type(declared)), there->nullable});
        break;
      case TypeMerge::kRewrite:
        diff.rewritten.push_back({there->name, to_sql(storage_type(declared)), there->nullable});
        break;
      case TypeMerge::kMismatch:
        diff.mismatched.push_back({there->name, there->type, column.type});
        break;
    }
    if (!there->nullable && column.nullable) diff.relaxed.push_back(there->name);
  }
  return diff;
}

std::vector<Column> apply_diff(std::vector<Column> live, const SchemaDiff& diff) {
  for (Column& column : live) {
    if (const Column* wider = find_column(diff.widened, column.name)) column.type = wider->type;
    if (const Column* other = find_column(diff.rewritten, column.name)) column.type = other->type;
    for (const std::string& name : diff.relaxed) {
      if (same_name(name, column.name)) column.nullable = true;
    }
  }
  live.insert(live.end(), diff.added.begin(), diff.added.end());
  return live;
}

void require_no_mismatch(const SchemaDiff& diff, const std::string& table) {
  if (diff.mismatched.empty()) return;
  std::string columns;
  for (const TypeMismatch& mismatch : diff.mismatched) {
    if (!columns.empty()) columns += "; ";
    columns += mismatch.column + " is " + mismatch.live + ", the load brings " + mismatch.declared;
  }
  throw Error(ErrorCode::kTypeMismatch,
              "table " + table + ": " + columns +
                  ". A column takes another type only where each of its values stays: cast the "
                  "values to the column's type, load them into another column, or "
                  "replace the table: drop it and load it anew");
}

}  // namespace hotload::model
