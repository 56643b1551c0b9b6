// SPDX-License-Identifier: Apache-2.0
// The columns of live tables, kept between commits: every job of a load asks for those of its
// table. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "hotload/types.h"

namespace hotload::lake {

class Lake;

class LiveColumns {
 public:
  // Empty when there is no such table. Reads those of all `wanted` tables at once, `table` among
  // them, where it has to read.
  std::vector<Column> of(engine::Connection& connection, const Lake& lake,
                         const std::string& schema, const std::string& table,
                         const std::vector<std::string>& wanted);
  // What was read holds no more: something was committed.
  void forget();

 private:
  std::mutex mutex_;
  // By schema and folded name of the table; without columns where there is no such table.
  std::map<std::string, std::map<std::string, std::vector<Column>>> known_;
};

}  // namespace hotload::lake
