// SPDX-License-Identifier: Apache-2.0
// Rows that a load brings or removes by their values.
#pragma once

#include <vector>

#include "plan/builder.h"
#include "plan/table.h"

namespace hotload::plan {

// A table or column that is not there has no such rows.
void delete_literal_rows(Builder& builder, Tables& tables, const std::vector<RowDelete>& rows);
// Neighbours of one table with the same columns share a statement. Throws kNotFound for a table
// and kInvalidArgument for a column that will not be there.
void insert_literal_rows(Builder& builder, Tables& tables, const std::vector<RowInsert>& rows);

}  // namespace hotload::plan
