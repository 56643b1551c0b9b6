// SPDX-License-Identifier: Apache-2.0
// How a live table would be made again: its columns and its layout, out of the catalog.
#pragma once

#include <string>
#include <vector>

#include "engine/connection.h"
#include "lake/changes.h"
#include "lake/lake.h"

namespace hotload::lake {

// Statements that make an equal, empty table in `target`.
std::vector<std::string> create_table_sql(engine::Connection& connection, const Lake& source,
                                          const TableAt& table, const Lake& target);

}  // namespace hotload::lake
