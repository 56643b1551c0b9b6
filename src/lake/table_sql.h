// SPDX-License-Identifier: Apache-2.0
// How a live table would be made again: its columns and its layout, out of the catalog.
#pragma once

#include <string>
#include <vector>

#include "engine/connection.h"
#include "lake/changes.h"
#include "lake/lake.h"

namespace hotload::lake {

// Statements that make an empty table `made` of these columns, laid out like a table of `source`.
std::vector<std::string> create_table_sql(engine::Connection& connection, const Lake& source,
                                          const TableAt& table, const std::vector<Column>& columns,
                                          const std::string& made);

}  // namespace hotload::lake
