// SPDX-License-Identifier: Apache-2.0
// Names of files and folders that belong to a text; not for security.
#pragma once

#include <string>
#include <string_view>

namespace hotload::model {

// 16 digits, the same for ever (FNV-1a, 64 bit).
std::string short_hash(std::string_view text);

// 32 digits of two such hashes: texts that share both do not occur.
std::string long_hash(std::string_view text);

}  // namespace hotload::model
