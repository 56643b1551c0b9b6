// SPDX-License-Identifier: Apache-2.0
// SQL functions of hotload's own that look at whole columns, far cheaper than one aggregate a
// column: each takes any columns and gives a BOOLEAN a row, to be joined by bool_or().
//   hotload_any_nan(...)   FLOAT and DOUBLE columns: one of the vector's values is NaN
//   hotload_any_null(...)  one of the vector's values is NULL
//   hotload_decode(...)    false; its columns have been decoded from their file by then
// One that looks at text:
//   hotload_decimals(text)  how many digits after the point a number needs: 2 of "1.25", "125e-2"
//                           and "1.250", 0 of "2.0" and of what is no number
#pragma once

#include "duckdb.h"

namespace hotload::engine {

void register_file_checks(duckdb_connection connection);

}  // namespace hotload::engine
