// SPDX-License-Identifier: Apache-2.0
// Some rows of a stream, by their numbers.
#pragma once

#include <cstdint>
#include <optional>

#include "hotload/arrow.h"

namespace hotload::arrow {

struct Page {
  int64_t offset = 0;            // rows that are left out first
  std::optional<int64_t> limit;  // rows at most; none: all
};

// The page of the stream, as a stream. Batches at its edges are copied, so that every array begins
// at offset 0. Throws kInvalidArgument for a negative number.
ArrowStream page_of(ArrowStream rows, const Page& page);

}  // namespace hotload::arrow
