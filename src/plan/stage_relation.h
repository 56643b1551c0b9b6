// SPDX-License-Identifier: Apache-2.0
// Staged Parquet files as SQL: their rows under the table's column names and types.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

namespace hotload::plan {

// Those of `columns` that at least one of the files holds.
std::vector<Column> present_columns(const std::vector<StagedInput>& files,
                                    const std::vector<Column>& columns);

// "SELECT ... FROM read_parquet([...])": every one of `columns`, cast to its type; a column that
// no file holds is NULL. Without files: no rows.
std::string select_staged(const std::vector<StagedInput>& files,
                          const std::vector<Column>& columns);

// The same with two more columns that give the order of staging.
inline constexpr const char* kFileOrder = "__hotload_file";
inline constexpr const char* kRowOrder = "__hotload_row";
std::string select_staged_in_order(const std::vector<StagedInput>& files,
                                   const std::vector<Column>& columns);

// Those of `columns` that are named; throws kInvalidArgument for a name that is not there.
std::vector<Column> pick(const std::vector<Column>& columns, const std::vector<std::string>& names);

// "a", "b": quoted names, comma-separated.
std::string name_list(const std::vector<std::string>& names);
std::string name_list(const std::vector<Column>& columns);

}  // namespace hotload::plan
