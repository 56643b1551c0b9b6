// SPDX-License-Identifier: Apache-2.0
#include "lake/live_columns.h"

#include "lake/tables.h"
#include "model/identifier.h"

namespace hotload::lake {

std::vector<Column> LiveColumns::of(engine::Connection& connection, const Lake& lake,
                                    const std::string& schema, const std::string& table,
                                    const std::vector<std::string>& wanted) {
  const std::string folded = model::fold_case(table);
  // Held while reading: many jobs ask at once, and one of them reads for all.
  std::lock_guard lock(mutex_);
  auto& known = known_[schema];
  if (const auto found = known.find(folded); found != known.end()) return found->second;
  auto live = live_tables(connection, lake, schema, wanted);
  for (const std::string& name : wanted) known[model::fold_case(name)].clear();
  for (auto& [name, columns] : live) known[model::fold_case(name)] = std::move(columns);
  return known[folded];
}

void LiveColumns::forget() {
  std::lock_guard lock(mutex_);
  known_.clear();
}

}  // namespace hotload::lake
