// SPDX-License-Identifier: Apache-2.0
// How the three differ:
//   delete-insert  root rows match by primary key or by merge key, or destination_scope names them;
//                  nested rows go with their roots. Without any of these: a plain append.
//   upsert         root rows match by primary key alone; nested rows also by their row key.
//   cdc            an upsert; besides, root rows that the source does not hold go, within
//                  destination_scope, else within the merge keys that the source holds, else all.
// Deletes that make room for a row of the same key count as replaced, all others as deleted.
#include "plan/merge_by_key.h"

#include "model/identifier.h"
#include "plan/append.h"
#include "plan/key_match.h"
#include "plan/scope.h"
#include "plan/skip_unchanged.h"
#include "plan/stage_relation.h"
#include "plan/undeclared.h"

namespace hotload::plan {

using model::quote_identifier;

namespace {

// Which rows of the root go, as conditions on it; empty: none.
struct RootDeletes {
  std::string replaced;  // their key comes again
  std::string deleted;   // it does not
};

class KeyMerge {
 public:
  KeyMerge(Builder& builder, const Chain& chain)
      : builder_(builder), chain_(chain), root_(chain.root()), spec_(chain.root().spec) {}

  void run() {
    const RootDeletes deletes = root_deletes();
    const std::vector<std::string> gone = keys_of_deleted_rows(deletes);
    for (size_t i = 0; i < chain_.tables.size(); ++i) incoming_.push_back(incoming(i));
    for (size_t i = chain_.tables.size(); i-- > 1;) delete_nested(i, gone);
    delete_root(deletes);
    for (size_t i = 0; i < chain_.tables.size(); ++i) append(i);
  }

 private:
  bool is_upsert() const { return spec_.strategy != MergeStrategy::kDeleteInsert; }
  bool skips_unchanged() const { return spec_.skip_unchanged && is_upsert(); }

  RootDeletes root_deletes() {
    if (root_.empty || !root_.staged) return {};
    const bool scoped = !spec_.destination_scope.empty();
    if (!is_upsert() && scoped) return {"", scope_condition(builder_, root_)};
    RootDeletes deletes;
    const std::string& source = chain_.source;
    const std::string by_key = spec_.primary_key.empty() ? "" : key_in(spec_.primary_key, source);
    if (!by_key.empty()) {
      deletes.replaced =
          key_in(spec_.primary_key, select_staged(chain_.batch(root_), root_.columns));
      if (chain_.keys_removed) deletes.deleted = by_key;
    }
    const std::string by_merge_key = spec_.merge_key.empty() ? "" : key_in(spec_.merge_key, source);
    if (!is_upsert()) deletes.deleted = either(deletes.deleted, by_merge_key);
    if (spec_.strategy == MergeStrategy::kCdc) {
      // A target row with a NULL in its key is no source row's: it counts as absent.
      const std::string within = scoped ? scope_condition(builder_, root_) : by_merge_key;
      deletes.deleted = either(deletes.deleted, both(is_not_true(by_key), within));
    }
    return deletes;
  }

  // For each table of the chain the relation that holds the row keys of its rows that go; empty
  // where nobody needs them. Found before anything is deleted.
  std::vector<std::string> keys_of_deleted_rows(const RootDeletes& deletes) {
    std::vector<std::string> gone(chain_.tables.size());
    const std::string roots = either(deletes.replaced, deletes.deleted);
    if (roots.empty()) return gone;
    const std::vector<bool> owns = owners();
    for (size_t i = 0; i < chain_.tables.size(); ++i) {
      const Table& table = *chain_.tables[i];
      if (table.empty || !owns[i] || (i > 0 && gone[chain_.links[i].owner].empty())) continue;
      const std::string condition = i == 0 ? roots : under_gone(i, gone);
      gone[i] = builder_.temp_table(table, "SELECT " + quote_identifier(table.spec.row_key) +
                                               " FROM " + table.qualified + " WHERE " + condition);
    }
    return gone;
  }

  // Whether a nested table with rows links to the table, by position.
  std::vector<bool> owners() const {
    std::vector<bool> owners(chain_.tables.size());
    for (size_t i = 1; i < chain_.tables.size(); ++i) {
      if (!chain_.tables[i]->empty) owners[chain_.links[i].owner] = true;
    }
    return owners;
  }

  std::string under_gone(size_t nested, const std::vector<std::string>& gone) const {
    const Link& link = chain_.links[nested];
    return column_in(link.column, chain_.tables[link.owner]->spec.row_key,
                     "FROM " + gone[link.owner]);
  }

  std::vector<StagedInput> incoming(size_t i) {
    const Table& table = *chain_.tables[i];
    const std::vector<StagedInput>& batch = chain_.batch(table);
    if (table.empty || batch.empty()) return batch;
    const std::vector<std::string> key =
        i == 0 ? spec_.primary_key : std::vector{table.spec.row_key};
    std::vector<StagedInput> rows = batch;
    if (skips_unchanged()) rows = {write_changed(builder_, table, rows, key)};
    return keeps(i) ? with_kept_values(builder_, table, rows, key) : rows;
  }

  bool keeps(size_t i) const {
    const Table& table = *chain_.tables[i];
    const bool has_key = i == 0 || !table.spec.row_key.empty();
    return is_upsert() && has_key && keeps_values(table, spec_);
  }

  void append(size_t i) {
    const Table& table = *chain_.tables[i];
    if (!keeps(i)) return append_files(builder_, table, incoming_[i]);
    for (const StagedInput& file : incoming_[i]) append_files(builder_, table, {file});
  }

  void delete_nested(size_t i, const std::vector<std::string>& gone) {
    const Table& table = *chain_.tables[i];
    if (table.empty) return;
    const bool by_row_key = is_upsert() && !table.spec.row_key.empty() && !incoming_[i].empty();
    if (by_row_key) {
      remove(table, key_in({table.spec.row_key}, select_staged(incoming_[i], table.columns)),
             Count::kReplaced);
    }
    if (gone[chain_.links[i].owner].empty()) return;
    std::string condition = under_gone(i, gone);
    if (by_row_key && skips_unchanged()) {
      const std::string batch = select_staged(chain_.batch(table), table.columns);
      condition = both(condition, is_not_true(key_in({table.spec.row_key}, batch)));
    }
    remove(table, condition, Count::kDeleted);
  }

  // The scope may ask the table: its rows go before the first other delete.
  void delete_root(const RootDeletes& deletes) {
    if (!deletes.deleted.empty()) {
      // Rows of keys that the batch holds are replaced, or stay because they did not change.
      const std::string others = deletes.replaced.empty() ? "" : is_not_true(deletes.replaced);
      remove(root_, both(deletes.deleted, others), Count::kDeleted);
    }
    if (!deletes.replaced.empty() && !incoming_[0].empty()) {
      remove(root_, key_in(spec_.primary_key, select_staged(incoming_[0], root_.columns)),
             Count::kReplaced);
    }
  }

  void remove(const Table& table, const std::string& condition, Count count) {
    builder_.sql(table, "DELETE FROM " + table.qualified + " WHERE " + condition, count);
  }

  Builder& builder_;
  const Chain& chain_;
  const Table& root_;
  const TableSpec& spec_;
  std::vector<std::vector<StagedInput>> incoming_;  // by position in the chain
};

}  // namespace

void merge_by_key(Builder& builder, const Chain& chain) { KeyMerge(builder, chain).run(); }

}  // namespace hotload::plan
