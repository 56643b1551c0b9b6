// SPDX-License-Identifier: Apache-2.0
#include "lake/live_columns.h"

#include "lake/tables.h"
#include "model/identifier.h"

namespace hotload::lake {

std::vector<Column> LiveColumns::of(engine::Connection& connection, const Lake& lake,
                                    const std::string& schema, const std::string& table,
                                    const std::vector<std::string>& wanted) {
  const std::string folded = model::fold_case(table);
  int64_t commits = 0;
  {
    std::lock_guard lock(mutex_);
    commits = commits_;
    const auto& tables = known_[schema];
    if (const auto found = tables.find(folded); found != tables.end()) return found->second;
  }
  std::map<std::string, std::vector<Column>> read;
  for (const std::string& name : wanted) read[model::fold_case(name)];
  for (auto& [name, columns] : live_tables(connection, lake, schema, wanted)) {
    read[model::fold_case(name)] = std::move(columns);
  }
  std::vector<Column> columns = read[folded];
  std::lock_guard lock(mutex_);
  // What was read before a commit may be what it changed.
  if (commits == commits_) {
    for (auto& item : read) known_[schema].insert_or_assign(item.first, std::move(item.second));
  }
  return columns;
}

void LiveColumns::forget() {
  std::lock_guard lock(mutex_);
  ++commits_;
  known_.clear();
}

}  // namespace hotload::lake
