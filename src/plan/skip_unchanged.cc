// SPDX-License-Identifier: Apache-2.0
#include "plan/skip_unchanged.h"

#include <algorithm>

#include "model/identifier.h"
#include "plan/key_match.h"
#include "plan/stage_relation.h"

namespace hotload::plan {
namespace {

constexpr const char* kLoadIdColumn = "_dlt_load_id";

std::vector<std::string> compared_columns(const TableSpec& spec) {
  const std::string& version = spec.scd2.row_version;
  if (model::find_column(spec.columns, version) != nullptr &&
      !model::same_name(version, spec.row_key)) {
    return {version};
  }
  std::vector<std::string> left_out = spec.primary_key;
  for (const std::string& name : {spec.row_key, spec.parent_key, spec.root_key, spec.hard_delete,
                                  std::string(kLoadIdColumn)}) {
    left_out.push_back(name);
  }
  std::vector<std::string> compared;
  for (const Column& column : spec.columns) {
    const bool is_left_out =
        std::any_of(left_out.begin(), left_out.end(),
                    [&](const std::string& name) { return model::same_name(name, column.name); });
    if (!is_left_out) compared.push_back(column.name);
  }
  return compared;
}

}  // namespace

StagedInput write_changed(Builder& builder, const Table& table,
                          const std::vector<StagedInput>& batch,
                          const std::vector<std::string>& key) {
  std::string same;
  for (const std::string& column : compared_columns(table.spec)) {
    const std::string name = model::quote_identifier(column);
    same += (same.empty() ? "" : " AND ") + ("t." + name) + " IS NOT DISTINCT FROM b." + name;
  }
  std::vector<Column> columns = present_columns(batch, table.columns);
  const std::string query = "SELECT " + name_list(columns) + " FROM (" +
                            select_staged(batch, table.columns) + ") AS b WHERE " +
                            no_match(table.qualified, key, same);
  return builder.write(Builder::Phase::kPublish, table, query, std::move(columns));
}

}  // namespace hotload::plan
