// SPDX-License-Identifier: Apache-2.0
// Joins the small files of a table into few, and rewrites files most of whose rows are deleted.
// Earlier snapshots stay readable: a joined file knows which rows came with which snapshot.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "lake/lake.h"

namespace hotload::lake {

// Files below this size are small.
inline constexpr int64_t kSmallFileBytes = int64_t{16} << 20;

// What compaction could do for one table.
struct CompactionGain {
  std::string schema;
  std::string table;
  int64_t joins_saved = 0;  // files fewer by joining neighbours of one partition and one schema
  int64_t join_bytes = 0;
  // Files with deleted rows cannot be joined as they are: they are rewritten into one.
  int64_t rewrites = 0;
  int64_t rewrite_bytes = 0;
  int64_t worn = 0;                // files that are not small and have lost a third of their rows
  bool rewrite_worn_only = false;  // since others with deleted rows are large
};

// All tables of the newest snapshot with something to gain, hotload's own among them.
std::vector<CompactionGain> compaction_gains(engine::Connection& connection, const Lake& lake);
// Whether it is worth a snapshot.
bool pays(const CompactionGain& gain);
// Those that pay, the most rewarding first, as many as fit the budget (at least one unless it
// alone is larger than the budget).
std::vector<CompactionGain> choose_compactions(std::vector<CompactionGain> gains,
                                               int64_t budget_bytes);

struct CompactionResult {
  int64_t tables = 0;
  int64_t files_merged = 0;  // that were there before and are not any more
};
// Compacts the tables in one transaction, as one snapshot. Waits `wait_ms` for the door and
// throws kTimeout after it.
CompactionResult compact(Lake& lake, const std::vector<CompactionGain>& tables, int64_t wait_ms);

}  // namespace hotload::lake
