// SPDX-License-Identifier: Apache-2.0
// Single values out of the buffers of an Arrow array, as the C data interface lays them out. The
// caller knows the type of the array. `row` counts from the array's own offset.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "hotload/arrow.h"

namespace hotload::arrow {

template <typename T>
T value_at(const ArrowArray& array, int64_t row, int buffer = 1) {
  T value;
  std::memcpy(&value,
              static_cast<const char*>(array.buffers[buffer]) +
                  static_cast<size_t>(array.offset + row) * sizeof(T),
              sizeof(T));
  return value;
}

inline bool bit_at(const void* buffer, int64_t at) {
  return (static_cast<const uint8_t*>(buffer)[at / 8] >> (at % 8) & 1) != 0;
}

// The bytes of a text or blob whose offsets have the type `Offset`.
template <typename Offset>
std::string_view bytes_at(const ArrowArray& array, int64_t row) {
  const auto begin = value_at<Offset>(array, row);
  const auto end = value_at<Offset>(array, row + 1);
  return {static_cast<const char*>(array.buffers[2]) + begin, static_cast<size_t>(end - begin)};
}

// `format` is the schema's. A union has no NULL of its own: its members do.
inline bool is_null(std::string_view format, const ArrowArray& array, int64_t row) {
  if (format == "n") return true;
  if (array.n_buffers == 0 || array.null_count == 0 || format.starts_with("+u")) return false;
  const void* validity = array.buffers[0];
  return validity != nullptr && !bit_at(validity, array.offset + row);
}

}  // namespace hotload::arrow
