// SPDX-License-Identifier: Apache-2.0
// The API keys of a folder, in its file keys.json: what each may do, and a salted hash of it. The
// key itself is told once, when it is made.
#pragma once

#include <string>
#include <vector>

#include "server/files.h"

namespace hotload::server {

struct ApiKey {
  std::string id;
  std::string name;  // for people
  std::string salt;
  std::string hash;
  std::vector<std::string> workspaces;  // none: all
  bool may_write = true;
  std::string created_at;
};

// Of a new ApiKey, and of a key that somebody sends.
std::string key_hash(const std::string& salt, const std::string& key);
// The id that a key names; empty for a text that is no key of ours.
std::string key_id(const std::string& key);

class KeyFile {
 public:
  // The folder is a server's --root.
  explicit KeyFile(const fs::path& root) : path_(root / "keys.json") {}

  const fs::path& path() const { return path_; }
  // In the order in which they were made. Throws kCorrupt.
  std::vector<ApiKey> list() const;
  // Makes one with what `wanted` says of name, workspaces and rights; returns the key.
  std::string add(const ApiKey& wanted);
  // By id. Throws kNotFound.
  void remove(const std::string& id);

 private:
  void write(const std::vector<ApiKey>& keys) const;

  const fs::path path_;
};

}  // namespace hotload::server
