// SPDX-License-Identifier: Apache-2.0
// SQL of loads from outside: it passes the gate of restricted sessions, statement by statement, at
// the moment at which it runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "lake/restricted_write.h"
#include "lake/staging.h"

namespace hotload::lake {

// All SQL jobs of one load; one thread.
class OuterSql {
 public:
  using Before = std::function<void(engine::StatementKind)>;

  // What `intent` declares counts as there, what it drops alone as gone.
  OuterSql(engine::Connection& connection, Lake& lake, const Intent& intent);

  // Runs nothing. Throws as RestrictedWrite::admit, but not for tables that are missing: they may
  // come until the load's commit.
  void check(const SqlJob& job);
  // `before` is called before each statement.
  void run(const SqlJob& job, const Before& before);

 private:
  // Without `before` it runs nothing.
  void pass(const std::string& statement, const Before& before);

  engine::Connection& connection_;
  Uncommitted uncommitted_;
  std::vector<VisibleDatabase> visible_;
};

}  // namespace hotload::lake
