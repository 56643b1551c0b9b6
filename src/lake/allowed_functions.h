// SPDX-License-Identifier: Apache-2.0
// The functions that SQL from outside may call. Any thread.
#pragma once

#include <string>

#include "engine/connection.h"

namespace hotload::lake {

// Whether a scalar, aggregate or window function of that name (folded) only computes: the engine's
// own functions but those that read its state, a file, a variable or a text as SQL, and the
// macros of outer_functions.
bool is_allowed_function(engine::Connection& connection, const std::string& name);
// The same of a function that stands for a table.
bool is_allowed_table_function(const std::string& name);

// Makes the functions that clients of the API call and the engine does not have, in the schema
// memory.main of a new instance.
void create_outer_functions(engine::Connection& connection);

}  // namespace hotload::lake
