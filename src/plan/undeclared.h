// SPDX-License-Identifier: Apache-2.0
// Columns of a table that its load does not declare: another writer's, which an upsert may keep.
#pragma once

#include <string>
#include <vector>

#include "plan/builder.h"
#include "plan/table.h"

namespace hotload::plan {

// Whether rows that are replaced bring values along from the rows that they replace.
bool keeps_values(const Table& table, const TableSpec& root);

// The batch, written in the transaction: rows whose key the table holds, with what is there in the
// columns that they do not have, and the others as they are.
std::vector<StagedInput> with_kept_values(Builder& builder, const Table& table,
                                          const std::vector<StagedInput>& batch,
                                          const std::vector<std::string>& key);

}  // namespace hotload::plan
