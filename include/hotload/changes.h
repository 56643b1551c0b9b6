// SPDX-License-Identifier: Apache-2.0
// What changed in a database between two of its states, as plain values. Changed rows themselves
// are Arrow streams: see Database::changes and Database::diff_rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hotload {

// Two states of a database, each a text as SessionOptions.as_of takes it: a load id means right
// after that load.
struct Span {
  std::string since;
  std::string until = {};  // empty: now
};

// One table and one snapshot that did something to it. Maintenance is no event.
struct TableEvent {
  int64_t snapshot = 0;
  std::string load_id;  // empty: not made by a load's commit
  std::string schema;
  std::string table;
  std::string kind;  // "created", "dropped", "replaced" (dropped and created), "altered", "rows"

  bool operator==(const TableEvent&) const = default;
};

// The net change of one table: a row that came and went again is none.
struct TableDiff {
  std::string schema;
  std::string table;
  std::string kind;              // "created", "dropped", "replaced", "changed"
  std::vector<std::string> key;  // tells which two rows are one that was updated; empty: none do
  int64_t inserted = 0;
  int64_t updated = 0;
  int64_t deleted = 0;
  bool altered = false;  // its columns differ

  bool operator==(const TableDiff&) const = default;
};

// Tables that are the same in both states are left out.
struct DatabaseDiff {
  int64_t since = 0;  // snapshots
  int64_t until = 0;
  std::vector<TableDiff> tables;
};

}  // namespace hotload
