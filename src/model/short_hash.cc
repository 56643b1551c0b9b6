// SPDX-License-Identifier: Apache-2.0
#include "model/short_hash.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace hotload::model {

std::string short_hash(std::string_view text) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211ULL;
  std::array<char, 17> out{};
  std::snprintf(out.data(), out.size(), "%016lx", static_cast<unsigned long>(hash));
  return out.data();
}

std::string long_hash(std::string_view text) {
  return short_hash(text) + short_hash(std::string(text.rbegin(), text.rend()));
}

}  // namespace hotload::model
