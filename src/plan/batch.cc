// SPDX-License-Identifier: Apache-2.0
#include "plan/batch.h"

#include <algorithm>

#include "model/identifier.h"
#include "model/type.h"
#include "plan/key_match.h"
#include "plan/scope.h"
#include "plan/stage_relation.h"

namespace hotload::plan {

using model::quote_identifier;
using model::same_name;

namespace {

// Whether staged rows of the root with equal primary keys are one row.
bool deduplicates(const Table& root) {
  return root.spec.strategy != MergeStrategy::kScd2 && !root.spec.primary_key.empty() &&
         !root.spec.deduplicated;
}

bool deletes_by_flag(const Table& root) {
  return root.spec.strategy != MergeStrategy::kScd2 && !root.spec.hard_delete.empty();
}

// Whether a staged row of the root deletes its key, as a condition on its columns.
std::string hard_delete_condition(const Table& root) {
  const Column column = pick(root.columns, {root.spec.hard_delete}).front();
  const bool is_flag = model::parse_type(column.type).kind == model::TypeKind::kBoolean;
  return quote_identifier(column.name) + (is_flag ? "" : " IS NOT NULL");
}

StagedFacts facts_of(const Table& table, const std::map<std::string, StagedFacts>& facts) {
  for (const auto& [name, known] : facts) {
    if (same_name(name, table.name)) return known;
  }
  return {true, true};
}

// Of `rows`, which are in the order of staging, one a key: first by dedup_sort, then the last
// staged. PARTITION BY takes NULLs for equal, so that of the rows whose key is NULL one stays too.
// As everywhere in the engine NaN equals NaN and -0.0 equals 0.0.
std::string one_row_a_key(const std::string& rows, const std::vector<std::string>& key,
                          const std::vector<SortColumn>& sort) {
  std::string order;
  for (const SortColumn& column : sort) {
    order +=
        quote_identifier(column.column) + (column.descending ? " DESC" : " ASC") + " NULLS LAST, ";
  }
  order += std::string(kFileOrder) + " DESC, " + kRowOrder + " DESC";
  return "SELECT * FROM (" + rows + ") QUALIFY row_number() OVER (PARTITION BY " + name_list(key) +
         " ORDER BY " + order + ") = 1";
}

std::vector<StagedInput> write_batch(Builder& builder, const Chain& chain, const Table& table,
                                     const std::string& source, const std::string& condition) {
  std::vector<Column> columns = present_columns(table.files, table.columns);
  const std::string query = "SELECT " + name_list(columns) + " FROM (" + source + ")" +
                            (condition.empty() ? "" : " WHERE " + condition);
  return {builder.write(chain.phase, table, query, std::move(columns))};
}

// Whether the filter's answer depends on what the target holds.
bool filter_asks_table(const Table& root) {
  return root.spec.source_filter.find("{table}") != std::string::npos;
}

// The staged root rows, and what of them the source filter admits. A filter that asks the target
// answers once for the whole merge: after the first delete it would say otherwise.
struct RootRows {
  std::string all;
  std::string admitted;  // a condition on them; empty: all
};

RootRows root_rows(Builder& builder, const Table& root, bool in_order) {
  RootRows rows{in_order ? select_staged_in_order(root.files, root.columns)
                         : select_staged(root.files, root.columns),
                ""};
  if (root.spec.source_filter.empty()) return rows;
  rows.admitted =
      "(" + fill_placeholders(root.spec.source_filter, {{"table", root.qualified}}) + ")";
  if (!filter_asks_table(root)) return rows;
  const std::string decided = "CAST(" + rows.admitted + " AS BOOLEAN)";
  rows.admitted = quote_identifier("__hotload_admitted");
  rows.all = "FROM " + builder.temp_table(root, "SELECT *, " + decided + " AS " + rows.admitted +
                                                    " FROM (" + rows.all + ")");
  return rows;
}

// Deduplication comes first: where the row that wins its key is a delete, or is filtered out, no
// other row of the key comes in its place.
std::vector<StagedInput> root_batch(Builder& builder, Chain& chain, StagedFacts facts) {
  const Table& root = chain.root();
  const bool dedup = deduplicates(root) && facts.duplicate_keys;
  const RootRows rows = root_rows(builder, root, dedup);
  chain.source = "SELECT " + name_list(root.columns) + " FROM (" + rows.all + ")" +
                 (rows.admitted.empty() ? "" : " WHERE " + rows.admitted);
  std::string condition;
  if (facts.hard_deletes && deletes_by_flag(root)) {
    condition = is_not_true(hard_delete_condition(root));
  }
  condition = both(condition, rows.admitted);
  chain.keys_removed = !condition.empty();
  if (root.files.empty() || (!dedup && condition.empty())) return root.files;
  const std::string source =
      dedup ? one_row_a_key(rows.all, root.spec.primary_key, root.spec.dedup_sort) : rows.all;
  return write_batch(builder, chain, root, source, condition);
}

// Rows of a nested table whose owner is in the owner's batch, one a row key.
std::vector<StagedInput> nested_batch(Builder& builder, const Chain& chain, size_t position,
                                      StagedFacts facts, bool owners_removed) {
  const Table& nested = *chain.tables[position];
  const bool dedup =
      facts.duplicate_keys && !nested.spec.row_key.empty() && !chain.root().spec.deduplicated;
  if (nested.files.empty() || (!dedup && !owners_removed)) return nested.files;
  const std::string source =
      dedup ? one_row_a_key(select_staged_in_order(nested.files, nested.columns),
                            {nested.spec.row_key}, {})
            : select_staged(nested.files, nested.columns);
  std::string condition;
  if (owners_removed) {
    const Table& owner = *chain.tables[chain.links[position].owner];
    condition =
        column_in(chain.links[position].column, owner.spec.row_key,
                  select_staged(chain.batch(owner), pick(owner.columns, {owner.spec.row_key})));
  }
  return write_batch(builder, chain, nested, source, condition);
}

std::vector<Link> links_of(const std::vector<Table*>& tables) {
  std::map<std::string, size_t> positions;
  std::vector<Link> links(tables.size());
  for (size_t i = 0; i < tables.size(); ++i) {
    const TableSpec& spec = tables[i]->spec;
    if (i > 0 && !spec.root_key.empty()) {
      links[i] = {spec.root_key, 0};
    } else if (i > 0) {
      links[i] = {spec.parent_key, positions.at(model::fold_case(spec.parent))};
    }
    positions[model::fold_case(tables[i]->name)] = i;
  }
  return links;
}

}  // namespace

Chain make_chain(Builder& builder, Tables& tables, Table& root,
                 const std::map<std::string, StagedFacts>& facts) {
  Chain chain;
  chain.tables = tables.chain(root);
  chain.links = links_of(chain.tables);
  if (filter_asks_table(root)) chain.phase = Builder::Phase::kPublish;
  std::vector<bool> incomplete(chain.tables.size());  // staged rows are left out of the batch
  for (size_t i = 0; i < chain.tables.size(); ++i) {
    const Table& table = *chain.tables[i];
    const StagedFacts known = facts_of(table, facts);
    const bool owners_removed = i > 0 && incomplete[chain.links[i].owner];
    std::vector<StagedInput> batch = i == 0
                                         ? root_batch(builder, chain, known)
                                         : nested_batch(builder, chain, i, known, owners_removed);
    incomplete[i] = owners_removed || (!batch.empty() && builder.is_written(batch.front()));
    chain.batches[table.name] = std::move(batch);
  }
  return chain;
}

std::map<std::string, std::string> chain_fact_queries(const std::vector<Table*>& chain) {
  std::map<std::string, std::string> queries;
  const Table& root = *chain.front();
  for (const Table* table : chain) {
    if (table->files.empty()) continue;
    std::vector<std::string> key;
    if (table == &root) {
      if (deduplicates(root)) key = root.spec.primary_key;
    } else if (!table->spec.row_key.empty() && !root.spec.deduplicated) {
      key = {table->spec.row_key};
    }
    const std::string deletes =
        table == &root && deletes_by_flag(root) ? hard_delete_condition(root) : "";
    if (key.empty() && deletes.empty()) continue;
    std::vector<std::string> names = key;
    const bool in_key = std::any_of(key.begin(), key.end(), [&](const std::string& name) {
      return same_name(name, root.spec.hard_delete);
    });
    if (!deletes.empty() && !in_key) names.push_back(root.spec.hard_delete);
    const std::string source = select_staged(table->files, pick(table->columns, names));
    const std::string from = " FROM (" + source + ")";
    // An aggregate in each group would take half as long again as the groups themselves.
    const std::string repeats = key.empty() ? "false"
                                            : "(SELECT count(*)" + from +
                                                  ") > (SELECT count(*) FROM (SELECT 1" + from +
                                                  " GROUP BY " + name_list(key) + "))";
    const std::string deleting =
        deletes.empty() ? "false"
                        : "coalesce((SELECT bool_or(" + deletes + ")" + from + "), false)";
    queries[table->name] = "SELECT " + repeats + ", " + deleting;
  }
  return queries;
}

}  // namespace hotload::plan
