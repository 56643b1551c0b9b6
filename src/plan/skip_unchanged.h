// SPDX-License-Identifier: Apache-2.0
// Leaves out of an upsert the rows that the target already holds as they are.
#pragma once

#include <string>
#include <vector>

#include "plan/builder.h"
#include "plan/table.h"

namespace hotload::plan {

// The rows of `batch` that differ from the target's row of the same key, or have none. Compared
// are the row version where the spec names one besides the row key, else all declared columns but
// keys, the hard delete and _dlt_load_id, which is another in every load. NULL equals NULL.
StagedInput write_changed(Builder& builder, const Table& table,
                          const std::vector<StagedInput>& batch,
                          const std::vector<std::string>& key);

}  // namespace hotload::plan
