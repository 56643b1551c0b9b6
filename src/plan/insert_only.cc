// SPDX-License-Identifier: Apache-2.0
#include "plan/insert_only.h"

#include "plan/append.h"
#include "plan/key_match.h"
#include "plan/stage_relation.h"

namespace hotload::plan {

std::vector<StagedInput> without_existing(Builder& builder, const Table& table,
                                          const std::vector<StagedInput>& files,
                                          const std::vector<std::string>& key) {
  if (files.empty() || table.empty) return files;
  std::vector<Column> columns = present_columns(files, table.columns);
  const std::string query = "SELECT " + name_list(columns) + " FROM (" +
                            select_staged(files, columns) + ") AS b WHERE " +
                            no_match(table.qualified, key);
  return {builder.write(Builder::Phase::kPublish, table, query, std::move(columns))};
}

void merge_insert_only(Builder& builder, const Chain& chain) {
  for (const Table* table : chain.tables) {
    const std::vector<std::string> key =
        table == &chain.root() ? table->spec.primary_key : std::vector{table->spec.row_key};
    append_files(builder, *table, without_existing(builder, *table, chain.batch(*table), key));
  }
}

}  // namespace hotload::plan
