// SPDX-License-Identifier: Apache-2.0
// insert-only: rows whose key the target holds already are left out, all others come.
#pragma once

#include "plan/batch.h"
#include "plan/builder.h"

namespace hotload::plan {

void merge_insert_only(Builder& builder, const Chain& chain);

// The files' rows without those whose `key` the table holds: written, unless the table is empty.
// A row with a NULL in its key matches none, so it comes.
std::vector<StagedInput> without_existing(Builder& builder, const Table& table,
                                          const std::vector<StagedInput>& files,
                                          const std::vector<std::string>& key);

}  // namespace hotload::plan
