// SPDX-License-Identifier: Apache-2.0
#include "server/keys.h"

#include "server/text.h"

namespace hotload::server {

namespace {

constexpr std::string_view kBearer = "Bearer ";

}  // namespace

Keys::Keys(const Config& config) : config_(config) {
  if (!config.api_key.empty()) own_hash_ = sha256_hex(config.api_key);
}

std::optional<Caller> Keys::caller_of(const std::string& authorization) const {
  const std::string key =
      authorization.starts_with(kBearer) ? authorization.substr(kBearer.size()) : "";
  return caller_of_key(key);
}

std::optional<Caller> Keys::caller_of_key(const std::string& key) const {
  if (!own_hash_.empty() && same_secret(sha256_hex(key), own_hash_)) return Caller{"env", true};
  if (config_.allow_no_key) return Caller{"anyone", true};
  return {};
}

}  // namespace hotload::server
