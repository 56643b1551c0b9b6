// SPDX-License-Identifier: Apache-2.0
#include "plan/scd2.h"

#include "model/identifier.h"
#include "plan/append.h"
#include "plan/insert_only.h"
#include "plan/key_match.h"
#include "plan/scope.h"
#include "plan/stage_relation.h"

namespace hotload::plan {

using model::quote_identifier;
using model::quote_literal;

namespace {

// An ISO 8601 time as a value of the column, whether that has a zone or not (then: UTC).
std::string time_value(const std::string& time, const Column& column) {
  return "CAST(CAST(" + quote_literal(time) + " AS TIMESTAMP WITH TIME ZONE) AS " + column.type +
         ")";
}

struct Validity {
  Column from, to;
  std::string boundary, marker;  // values of `to`; the marker of active rows may be NULL
  std::string is_active;
};

Validity validity_of(const Table& root, const std::string& load_time) {
  const Scd2Options& options = root.spec.scd2;
  const std::vector<Column> columns = pick(root.columns, {options.valid_from, options.valid_to});
  Validity validity{columns[0], columns[1], {}, {}, {}};
  const std::string to = quote_identifier(validity.to.name);
  validity.boundary = options.boundary.empty() ? load_time : options.boundary;
  if (options.active_marker.empty()) {
    validity.marker = "CAST(NULL AS " + validity.to.type + ")";
    validity.is_active = to + " IS NULL";
  } else {
    validity.marker = time_value(options.active_marker, validity.to);
    validity.is_active = to + " = " + validity.marker;
  }
  return validity;
}

// Active versions that the source lacks end. With a destination scope or merge keys only among
// those that it selects, so that keys absent from an incremental source stay active.
void retire(Builder& builder, const Chain& chain, const Validity& validity) {
  const Table& root = chain.root();
  const std::vector<std::string> version{root.spec.scd2.row_version};
  const std::string& source = chain.source;
  std::string within;
  if (!root.spec.destination_scope.empty()) {
    within = scope_condition(builder, root);
  } else if (!root.spec.merge_key.empty()) {
    within = key_in(root.spec.merge_key, source);
  }
  builder.sql(root,
              "UPDATE " + root.qualified + " SET " + quote_identifier(validity.to.name) + " = " +
                  time_value(validity.boundary, validity.to) + " WHERE " +
                  both(both(validity.is_active, is_not_true(key_in(version, source))), within),
              Count::kUpdated);
}

// Versions that are not active start, those that were retired before too. Rows of one version
// that are staged twice both come: nothing says that they are one.
std::vector<StagedInput> new_versions(Builder& builder, const Chain& chain,
                                      const Validity& validity) {
  const Table& root = chain.root();
  const std::vector<StagedInput>& batch = chain.batch(root);
  if (batch.empty()) return {};
  std::vector<Column> columns;
  for (const Column& column : present_columns(batch, root.columns)) {
    if (!model::same_name(column.name, validity.from.name) &&
        !model::same_name(column.name, validity.to.name)) {
      columns.push_back(column);
    }
  }
  std::string query = "SELECT " + name_list(columns) + ", " +
                      time_value(validity.boundary, validity.from) + " AS " +
                      quote_identifier(validity.from.name) + ", " + validity.marker + " AS " +
                      quote_identifier(validity.to.name) + " FROM (" +
                      select_staged(batch, root.columns) + ") AS b";
  if (!root.empty) {
    query += " WHERE " +
             no_match(root.qualified, {root.spec.scd2.row_version}, "t." + validity.is_active);
  }
  columns.push_back(validity.from);
  columns.push_back(validity.to);
  const auto phase = root.empty ? chain.phase : Builder::Phase::kPublish;
  return {builder.write(phase, root, query, std::move(columns))};
}

}  // namespace

void merge_scd2(Builder& builder, const Chain& chain, const std::string& load_time) {
  const Table& root = chain.root();
  const Validity validity = validity_of(root, load_time);
  const std::vector<StagedInput> versions = new_versions(builder, chain, validity);
  if (root.staged && !root.empty) retire(builder, chain, validity);
  append_files(builder, root, versions);
  append_new_nested(builder, chain);
}

}  // namespace hotload::plan
