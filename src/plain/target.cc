// SPDX-License-Identifier: Apache-2.0
#include "plain/target.h"

#include "hotload/error.h"
#include "plain/query.h"

namespace hotload::plain {

namespace {

void bring(Target& target, Package& package, const std::vector<std::string>& tables,
           const char* limit) {
  if (tables.empty()) return;
  package.scratch()->fill(tables, target.parallel, [&](const std::string& table) {
    const std::string from = qualified(target.database, package.key().schema, table);
    return run_query(target.client, target.database, {"SELECT * FROM " + from + limit});
  });
}

}  // namespace

void bring_columns(Target& target, Package& package, std::vector<std::string> tables) {
  std::lock_guard lock(package.fill_mutex());
  const std::shared_ptr<Scratch> scratch = package.scratch();
  std::set<std::string>& known = package.brought();
  std::erase_if(tables, [&](const std::string& table) {
    return known.contains(table) || scratch->columns(table).has_value();
  });
  bring(target, package, tables, " LIMIT 0");
  known.insert(tables.begin(), tables.end());
}

void bring_rows(Target& target, Package& package, const std::vector<std::string>& tables) {
  std::lock_guard lock(package.fill_mutex());
  bring(target, package, tables, "");
}

}  // namespace hotload::plain
