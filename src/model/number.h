// SPDX-License-Identifier: Apache-2.0
// Numbers written as text.
#pragma once

#include <cstdint>
#include <string_view>

namespace hotload::model {

// How many digits behind the point a number needs: 2 of "1.25" and "125e-2", 0 of "2.0" and of what
// is no number.
int32_t decimals_of(std::string_view text);

}  // namespace hotload::model
