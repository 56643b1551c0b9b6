// SPDX-License-Identifier: Apache-2.0
// Brings rows into a table: adopts files where they are fit for it, joins small ones, inserts
// crumbs, converts the rest.
#pragma once

#include <vector>

#include "plan/builder.h"
#include "plan/table.h"

namespace hotload::plan {

// The files' rows become rows of the table. Files that the plan itself wrote are adopted as they
// are. Throws kConstraint when a file lacks a NOT NULL column.
void append_files(Builder& builder, const Table& table, const std::vector<StagedInput>& files);

// Staged files below this size are joined, up to groups of that size: a table of crumbs is slow
// for ever, one more write of few bytes is cheap.
inline constexpr int64_t kSmallFileBytes = 16 << 20;
inline constexpr int64_t kJoinedFileBytes = 256 << 20;

}  // namespace hotload::plan
