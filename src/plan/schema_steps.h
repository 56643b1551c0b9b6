// SPDX-License-Identifier: Apache-2.0
// The steps that shape tables: drops, new tables and columns, widening, layouts.
#pragma once

#include "plan/builder.h"
#include "plan/table.h"

namespace hotload::plan {

void drop_tables(Builder& builder, Tables& tables);
// CREATE TABLE and ADD COLUMN alone.
void add_tables_and_columns(Builder& builder, Tables& tables, const Input& input);
// What else a table needs to take the declared rows.
void alter_columns(Builder& builder, Tables& tables);

}  // namespace hotload::plan
