// SPDX-License-Identifier: Apache-2.0
#include "server/keys.h"

#include <algorithm>

#include "model/identifier.h"
#include "server/log.h"
#include "server/text.h"

namespace hotload::server {

namespace {

constexpr std::string_view kBearer = "bearer ";  // in any case

// The key of "Bearer KEY"; empty for any other scheme.
std::string key_of(const std::string& authorization) {
  std::string_view rest = authorization;
  if (model::fold_case(rest.substr(0, kBearer.size())) != kBearer) return "";
  rest.remove_prefix(kBearer.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return std::string(rest);
}

}  // namespace

Keys::Keys(const Config& config) : config_(config), file_(config.root) {
  if (!config.api_key.empty()) own_hash_ = sha256_hex(config.api_key);
  refresh();
}

void Keys::refresh() {
  std::string text;
  try {
    if (std::filesystem::exists(file_.path())) text = read_text(file_.path());
    if (text == text_) return;
    text_ = text;
    std::map<std::string, ApiKey> keys;
    for (ApiKey& key : file_.list()) keys[key.id] = std::move(key);
    const std::unique_lock lock(mutex_);
    keys_ = std::move(keys);
  } catch (const std::exception& error) {
    log(LogLevel::kError, std::string("keys stay as they were: ") + error.what());
  }
}

std::optional<Caller> Keys::caller_of(const std::string& authorization) const {
  return caller_of_key(key_of(authorization));
}

std::optional<Caller> Keys::caller_of_key(const std::string& key) const {
  if (!own_hash_.empty() && same_secret(sha256_hex(key), own_hash_)) return Caller{"env"};
  {
    const std::shared_lock lock(mutex_);
    const auto found = keys_.find(key_id(key));
    if (found != keys_.end()) {
      const ApiKey& known = found->second;
      if (!same_secret(key_hash(known.salt, key), known.hash)) return {};
      const auto& workspaces = known.workspaces;
      const bool here = workspaces.empty() || std::find(workspaces.begin(), workspaces.end(),
                                                        config_.workspace) != workspaces.end();
      return Caller{known.id, known.may_write, here};
    }
  }
  if (config_.allow_no_key) return Caller{"anyone"};
  return {};
}

}  // namespace hotload::server
