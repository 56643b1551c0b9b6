// SPDX-License-Identifier: Apache-2.0
#include "plain/target.h"

#include "hotload/error.h"
#include "plain/query.h"

namespace hotload::plain {

namespace {

constexpr int kReads = 3;  // of a stream that breaks

}  // namespace

void bring(Target& target, Package& package, const std::string& table, bool rows) {
  std::lock_guard lock(package.fill_mutex());
  const std::shared_ptr<Scratch> scratch = package.scratch();
  if (!rows && scratch->columns(table)) return;
  const std::string sql = "SELECT * FROM " +
                          qualified(target.database, package.key().schema, table) +
                          (rows ? "" : " LIMIT 0");
  for (int left = kReads;; --left) {
    try {
      scratch->fill(table, run_query(target.client, target.database, {sql}));
      return;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kNotFound) return;
      if (left == 1 || !error.transient()) throw;
    }
  }
}

}  // namespace hotload::plain
