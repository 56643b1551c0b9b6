// SPDX-License-Identifier: Apache-2.0
// Who may call. Keys are kept as hashes and compared in a time that does not depend on them.
#pragma once

#include <optional>
#include <string>

#include "server/config.h"

namespace hotload::server {

struct Caller {
  std::string key_id;
  bool may_write = true;
};

class Keys {
 public:
  explicit Keys(const Config& config);

  // Of the header "Authorization: Bearer K"; nothing for one who may not call.
  std::optional<Caller> caller_of(const std::string& authorization) const;
  std::optional<Caller> caller_of_key(const std::string& key) const;

 private:
  const Config& config_;
  std::string own_hash_;
};

}  // namespace hotload::server
