// SPDX-License-Identifier: Apache-2.0
// Reads the first column of a stream, which must be text, for tests.
#pragma once

#include <string>
#include <vector>

#include "hotload/arrow.h"
#include "hotload/error.h"

namespace hotload::crash {

inline std::vector<std::string> texts(ArrowStream stream) {
  std::vector<std::string> all;
  ArrowArrayStream* raw = stream.get();
  while (true) {
    ArrowArray batch{};
    if (raw->get_next(raw, &batch) != 0) {
      throw Error(ErrorCode::kInternal, raw->get_last_error(raw));
    }
    if (batch.release == nullptr) return all;
    const ArrowArray& column = *batch.children[0];
    const auto* offsets = static_cast<const int32_t*>(column.buffers[1]) + column.offset;
    const auto* bytes = static_cast<const char*>(column.buffers[2]);
    for (int64_t i = 0; i < column.length; ++i) {
      all.emplace_back(bytes + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i]));
    }
    batch.release(&batch);
  }
}

}  // namespace hotload::crash
