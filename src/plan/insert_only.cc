// SPDX-License-Identifier: Apache-2.0
#include "plan/insert_only.h"

#include "plan/append.h"
#include "plan/key_match.h"
#include "plan/stage_relation.h"

namespace hotload::plan {

namespace {

// The files' rows of which the table does not hold `key` and for which `condition` holds: written
// in the transaction, unless all come. A row with a NULL in its key matches none, so it comes.
std::vector<StagedInput> without_existing(Builder& builder, const Table& table,
                                          const std::vector<StagedInput>& files,
                                          const std::vector<std::string>& key,
                                          const std::string& condition) {
  const std::string is_new = both(table.empty ? "" : no_match(table.qualified, key), condition);
  if (files.empty() || is_new.empty()) return files;
  std::vector<Column> columns = present_columns(files, table.columns);
  const std::string query = "SELECT " + name_list(columns) + " FROM (" +
                            select_staged(files, table.columns) + ") AS b WHERE " + is_new;
  return {builder.write(Builder::Phase::kPublish, table, query, std::move(columns))};
}

}  // namespace

void append_new_nested(Builder& builder, const Chain& chain) {
  for (size_t i = 1; i < chain.tables.size(); ++i) {
    const Table& nested = *chain.tables[i];
    const Link& link = chain.links[i];
    const Table& owner = *chain.tables[link.owner];
    // Into an empty root all staged rows came.
    const bool all_came = chain.root().empty || owner.columns.empty();
    const std::string owned =
        all_came ? "" : column_in(link.column, owner.spec.row_key, "FROM " + owner.qualified);
    append_files(
        builder, nested,
        without_existing(builder, nested, chain.batch(nested), {nested.spec.row_key}, owned));
  }
}

void merge_insert_only(Builder& builder, const Chain& chain) {
  const Table& root = chain.root();
  append_files(builder, root,
               without_existing(builder, root, chain.batch(root), root.spec.primary_key, ""));
  append_new_nested(builder, chain);
}

}  // namespace hotload::plan
