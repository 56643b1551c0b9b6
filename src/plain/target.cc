// SPDX-License-Identifier: Apache-2.0
#include "plain/target.h"

#include "hotload/error.h"
#include "plain/query.h"

namespace hotload::plain {

namespace {

ArrowStream read_table(Target& target, const Package& package, const std::string& table,
                       const std::string& limit) {
  const std::string from = qualified(target.database, package.key().schema, table);
  return run_query(target.client, target.database, {"SELECT * FROM " + from + limit});
}

}  // namespace

void bring_columns(Target& target, Package& package, std::vector<std::string> tables) {
  std::lock_guard lock(package.fill_mutex());
  const std::shared_ptr<Scratch> scratch = package.scratch();
  std::set<std::string>& known = package.brought();
  std::erase_if(tables, [&](const std::string& table) {
    return known.contains(table) || scratch->columns(table).has_value();
  });
  if (!tables.empty()) {
    scratch->fill(tables, target.parallel, [&](const std::string& table) {
      return read_table(target, package, table, " LIMIT 0");
    });
  }
  known.insert(tables.begin(), tables.end());
}

void bring_rows(Target& target, Package& package, const std::vector<std::string>& tables) {
  std::lock_guard lock(package.fill_mutex());
  if (tables.empty()) return;
  package.scratch()->fill(tables, target.parallel, [&](const std::string& table) {
    try {
      return read_table(target, package, table, "");
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      // It was listed a moment ago. To leave it out would be to lose its rows.
      throw Error(ErrorCode::kConflict, std::string("a table was dropped meanwhile, or the server "
                                                    "cannot find it for now: ") +
                                            error.what());
    }
  });
}

}  // namespace hotload::plain
