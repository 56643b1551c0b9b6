// SPDX-License-Identifier: Apache-2.0
// Who may call. Keys are kept as hashes and compared in a time that does not depend on them.
#pragma once

#include <map>
#include <optional>
#include <shared_mutex>
#include <string>

#include "server/config.h"
#include "server/key_file.h"

namespace hotload::server {

struct Caller {
  std::string key_id;
  bool may_write = true;
  bool in_workspace = true;  // whether the key is for the server's workspace
};

class Keys {
 public:
  explicit Keys(const Config& config);

  // Of the header "Authorization: Bearer K"; nothing for one who may not call.
  std::optional<Caller> caller_of(const std::string& authorization) const;
  std::optional<Caller> caller_of_key(const std::string& key) const;
  // Reads the key file again when it has changed.
  void refresh();

 private:
  const Config& config_;
  const KeyFile file_;
  std::string own_hash_;
  std::string text_;  // of the file, as last read; of the thread that refreshes
  mutable std::shared_mutex mutex_;
  std::map<std::string, ApiKey> keys_;  // by id
};

}  // namespace hotload::server
