// SPDX-License-Identifier: Apache-2.0
// check_specs(): what a declaration must hold for its plan to make sense.
#include <algorithm>
#include <array>
#include <set>

#include "hotload/error.h"
#include "model/identifier.h"
#include "model/type.h"
#include "plan/plan.h"
#include "plan/scope.h"

namespace hotload::plan {

using model::find_column;
using model::fold_case;

namespace {

using Specs = std::map<std::string, const TableSpec*>;  // by folded name

[[noreturn]] void reject(const TableSpec& spec, const std::string& why,
                         ErrorCode code = ErrorCode::kInvalidArgument) {
  throw Error(code, "table " + spec.name + ": " + why);
}

// Without declared columns those of the files will tell.
void require_column(const TableSpec& spec, const std::string& column, const char* role) {
  if (spec.columns.empty() || find_column(spec.columns, column) != nullptr) return;
  reject(spec, std::string(role) + " \"" + column + "\" is not among its declared columns");
}

void check_key(const TableSpec& spec, const std::vector<std::string>& key, const char* role) {
  for (const std::string& name : key) {
    require_column(spec, name, role);
    const Column* column = find_column(spec.columns, name);
    if (column != nullptr && model::parse_type(column->type).is_nested()) {
      reject(spec,
             std::string(role) + " \"" + name + "\" is " + column->type +
                 ": nested values are not compared as keys",
             ErrorCode::kUnsupported);
    }
  }
}

void check_optional(const TableSpec& spec, const std::string& column, const char* role) {
  if (!column.empty()) check_key(spec, {column}, role);
}

void check_columns_of(const TableSpec& spec) {
  model::check_table_name(spec.name);
  model::check_columns(spec.columns);
  for (const Column& column : spec.columns) model::parse_type(column.type);
}

void check_layout(const TableSpec& spec) {
  constexpr std::array kTransforms{"identity", "year", "month", "day", "hour", "bucket"};
  for (const PartitionField& field : spec.partition) {
    if (std::find(kTransforms.begin(), kTransforms.end(), field.transform) == kTransforms.end()) {
      reject(spec, "unknown partition transform \"" + field.transform + "\"");
    }
    if (field.transform == "bucket" && field.buckets < 1) {
      reject(spec, "a bucket partition needs at least one bucket");
    }
    require_column(spec, field.column, "partition column");
  }
  for (const SortColumn& sort : spec.sort) require_column(spec, sort.column, "sort column");
}

void check_merge_root(const TableSpec& spec) {
  const MergeStrategy strategy = spec.strategy;
  check_key(spec, spec.primary_key, "primary key");
  check_key(spec, spec.merge_key, "merge key");
  for (const SortColumn& sort : spec.dedup_sort) require_column(spec, sort.column, "dedup column");
  if (!spec.hard_delete.empty()) require_column(spec, spec.hard_delete, "hard delete column");
  fill_placeholders(spec.source_filter, {{"table", ""}});
  fill_placeholders(spec.destination_scope, {{"table", ""}, {"staging_table", ""}});
  if (strategy == MergeStrategy::kScd2) {
    check_key(spec, {spec.scd2.row_version}, "row version");
    if (model::same_name(spec.scd2.valid_from, spec.scd2.valid_to)) {
      reject(spec, "one column cannot hold both ends of the validity");
    }
  } else if (strategy != MergeStrategy::kDeleteInsert && spec.primary_key.empty()) {
    reject(spec, "its merge strategy needs a primary key");
  }
}

const TableSpec& root_of(const Specs& specs, const TableSpec& spec) {
  const TableSpec* at = &spec;
  for (size_t steps = 0; !at->parent.empty(); ++steps) {
    const auto parent = specs.find(fold_case(at->parent));
    if (parent == specs.end()) {
      reject(*at, "its parent " + at->parent + " is not declared in this load");
    }
    if (steps > specs.size()) reject(spec, "it is nested in itself");
    at = parent->second;
  }
  return *at;
}

// A nested table of a merge: how its rows are told apart and led to the root's.
void check_nested(const Specs& specs, const TableSpec& spec, const TableSpec& root) {
  check_optional(spec, spec.row_key, "row key");
  check_optional(spec, spec.parent_key, "parent key");
  check_optional(spec, spec.root_key, "root key");
  const bool matches_rows = root.strategy != MergeStrategy::kDeleteInsert;
  if (matches_rows && spec.row_key.empty()) reject(spec, "a nested table needs a row key to merge");
  if (spec.root_key.empty() && spec.parent_key.empty()) {
    reject(spec, "a nested table needs a root key or a parent key to merge");
  }
  const TableSpec& owner = spec.root_key.empty() ? *specs.at(fold_case(spec.parent)) : root;
  if (owner.row_key.empty()) reject(owner, "it needs a row key, to which nested rows lead");
  check_optional(owner, owner.row_key, "row key");
}

}  // namespace

void check_specs(const std::map<std::string, TableSpec>& specs) {
  Specs by_name;
  for (const auto& [name, spec] : specs) {
    check_columns_of(spec);
    check_layout(spec);
    if (!by_name.emplace(fold_case(spec.name), &spec).second) {
      reject(spec, "declared twice (case does not tell names apart)");
    }
  }
  for (const auto& [name, spec] : specs) {
    const TableSpec& root = root_of(by_name, spec);
    if (root.disposition != Disposition::kMerge) continue;
    if (&root == &spec) {
      check_merge_root(spec);
    } else {
      check_nested(by_name, spec, root);
    }
  }
}

}  // namespace hotload::plan
