// SPDX-License-Identifier: Apache-2.0
// Puts a load's steps in order: drops, schema, truncations, row deletes, then chain by chain the
// data, then literal rows. DDL comes before all data: the engine's statistics suffer otherwise.
#include <algorithm>

#include "hotload/error.h"
#include "model/identifier.h"
#include "plan/append.h"
#include "plan/batch.h"
#include "plan/builder.h"
#include "plan/insert_only.h"
#include "plan/literal_rows.h"
#include "plan/merge_by_key.h"
#include "plan/plan.h"
#include "plan/scd2.h"
#include "plan/schema_steps.h"
#include "plan/table.h"

namespace hotload::plan {
namespace {

bool any_staged(const std::vector<Table*>& chain) {
  return std::any_of(chain.begin(), chain.end(), [](const Table* t) { return t->staged; });
}

// A replaced table loses its rows, and so do all nested in it, whether files came for them or not.
void mark_replaced(Tables& tables, std::vector<Table*>& truncated) {
  for (Table* root : tables.roots()) {
    const std::vector<Table*> chain = tables.chain(*root);
    if (root->spec.disposition != Disposition::kReplace || !any_staged(chain)) continue;
    for (Table* table : chain) {
      if (!table->empty) truncated.push_back(table);
      table->empty = true;
    }
  }
}

void truncate(Builder& builder, Tables& tables, const Input& input) {
  std::vector<Table*> truncated;
  for (auto& [folded, table] : tables.all()) {
    const bool listed =
        std::any_of(input.truncations.begin(), input.truncations.end(),
                    [&](const std::string& name) { return model::same_name(name, table.name); });
    if (listed && table.live && !table.dropped) truncated.push_back(&table);
  }
  mark_replaced(tables, truncated);
  for (const Table* table : truncated) {
    builder.sql(*table, "DELETE FROM " + table->qualified, Count::kTruncated);
  }
}

void load_chain(Builder& builder, Tables& tables, Table& root, const Input& input) {
  const std::vector<Table*> tables_of_chain = tables.chain(root);
  if (!any_staged(tables_of_chain)) return;
  if (root.spec.disposition != Disposition::kMerge) {
    for (const Table* table : tables_of_chain) append_files(builder, *table, table->files);
    return;
  }
  const Chain chain = make_chain(builder, tables, root, input.facts);
  switch (root.spec.strategy) {
    case MergeStrategy::kScd2:
      return merge_scd2(builder, chain, input.load_time);
    case MergeStrategy::kInsertOnly:
      return merge_insert_only(builder, chain);
    default:
      return merge_by_key(builder, chain);
  }
}

}  // namespace

Plan make_plan(const Input& input) {
  check_specs(input.specs);
  Tables tables(input);
  Builder builder(input);
  drop_tables(builder, tables);
  add_tables_and_columns(builder, tables, input);
  alter_columns(builder, tables);
  truncate(builder, tables, input);
  delete_literal_rows(builder, tables, input.deletes);
  for (Table* root : tables.roots()) load_chain(builder, tables, *root, input);
  insert_literal_rows(builder, tables, input.inserts);
  Plan plan = builder.finish();
  for (auto& [folded, table] : tables.all()) plan.columns[table.name] = std::move(table.columns);
  return plan;
}

std::vector<Step> make_schema_plan(const Input& input) {
  check_specs(input.specs);
  Tables tables(input);
  Builder builder(input);
  add_tables_and_columns(builder, tables, input);
  insert_literal_rows(builder, tables, input.inserts);
  return builder.finish().publish;
}

std::map<std::string, std::string> fact_queries(const Input& input) {
  check_specs(input.specs);
  Tables tables(input);
  std::map<std::string, std::string> queries;
  for (Table* root : tables.roots()) {
    const std::vector<Table*> chain = tables.chain(*root);
    if (root->spec.disposition == Disposition::kMerge) queries.merge(chain_fact_queries(chain));
  }
  return queries;
}

}  // namespace hotload::plan
