// SPDX-License-Identifier: Apache-2.0
// Rows that are to go from a table and rows that are to come into it, kept in a temporary table of
// a connection while they are looked at and applied.
#pragma once

#include <string>
#include <vector>

#include "hotload/types.h"
#include "lake/changes.h"

namespace hotload::lake {

class NetChange {
 public:
  enum class Direction { kForwards, kBackwards };

  // Reads the query's rows (`_change` and columns): as they are, or turned round so that applying
  // them takes the change back.
  NetChange(engine::Connection& connection, const ChangeQuery& query, Direction direction);
  ~NetChange();
  NetChange(const NetChange&) = delete;
  NetChange& operator=(const NetChange&) = delete;

  bool empty() const { return going_ == 0 && coming_ == 0; }
  bool brings_rows() const { return coming_ > 0; }
  std::string going() const;  // relations of the table's columns, in parentheses
  std::string coming() const;
  std::string both() const;

  // On the connection's open transaction. Each row that goes must be there, as often as it goes:
  // throws kFailedPrecondition otherwise.
  TableReceipt apply(const Lake& lake, const TableAt& table);

 private:
  std::string rows(const char* changes) const;

  engine::Connection& connection_;
  const std::vector<Column> columns_;
  const std::string name_;
  int64_t going_ = 0;
  int64_t coming_ = 0;
  int64_t updated_ = 0;  // of both
};

}  // namespace hotload::lake
