// SPDX-License-Identifier: Apache-2.0
// Ids, secrets and times as text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hotload::server {

// `bytes` random bytes as hex digits, from the system's source for secrets.
std::string random_hex(size_t bytes);
std::string sha256_hex(std::string_view text);
// Of a whole file.
std::string sha256_of_file(const std::filesystem::path& path);
// Without padding; the inverse is none for what is no such text.
std::string base64url(std::string_view bytes);
std::optional<std::string> base64url_decoded(std::string text);
// In a time that does not tell where two texts of one length differ.
bool same_secret(std::string_view left, std::string_view right);

// "2026-01-31T12:00:00.123456Z"; text order is time order.
std::string now_utc(int64_t plus_seconds = 0);
// An RFC 3339 time as now_utc spells it, or a span from now ("24h", "90m", "7d", "30s"). Throws
// kInvalidArgument.
std::string parse_time(const std::string& text);

}  // namespace hotload::server
