// SPDX-License-Identifier: Apache-2.0
// Types of columns by the names that Arrow gives them, as clients of the API read them.
#pragma once

#include <string>
#include <string_view>

namespace hotload::arrow {

// "BIGINT" -> "int64", "TIMESTAMP WITH TIME ZONE" -> "timestamp[us, tz=UTC]",
// "BIGINT[]" -> "list<item: int64>". Throws kInvalidArgument for what is no type.
std::string type_name(std::string_view sql_type);

}  // namespace hotload::arrow
