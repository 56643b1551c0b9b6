// SPDX-License-Identifier: Apache-2.0
// Types of Arrow columns as SQL types of the engine: the inverse of what its results are.
#pragma once

#include <string>
#include <vector>

#include "hotload/arrow.h"
#include "hotload/types.h"

namespace hotload::arrow {

// "l" -> "BIGINT", "tsu:UTC" -> "TIMESTAMP WITH TIME ZONE". Throws kUnsupported.
std::string sql_type(const ArrowSchema& schema);

// The columns of a stream, which reads none of its rows.
std::vector<Column> columns_of(ArrowStream& stream);

}  // namespace hotload::arrow
