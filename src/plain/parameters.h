// SPDX-License-Identifier: Apache-2.0
// Values in the place of parameters: the API takes none beside a statement.
#pragma once

#include <string>
#include <vector>

#include "hotload/database.h"

namespace hotload::plain {

// `$1` and `?` become literals. Throws kInvalidArgument when there are fewer values, kUnsupported
// for bytes.
std::string with_values(const std::string& sql, const std::vector<Parameter>& values);

}  // namespace hotload::plain
