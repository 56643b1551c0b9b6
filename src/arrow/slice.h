// SPDX-License-Identifier: Apache-2.0
// Copies of parts of Arrow arrays.
#pragma once

#include <cstdint>

#include "hotload/arrow.h"

namespace hotload::arrow {

// Whether the array or one in it begins at another offset than 0.
bool has_offset(const ArrowArray& array);

// `count` values from `begin` on, copied into an array of the same type whose offsets are all 0.
// Throws kUnsupported for types that no result has (views, run-end encoding).
void copy_slice(const ArrowSchema& schema, const ArrowArray& array, int64_t begin, int64_t count,
                ArrowArray* out);

}  // namespace hotload::arrow
