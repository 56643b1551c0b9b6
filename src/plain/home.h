// SPDX-License-Identifier: Apache-2.0
// Where this machine keeps what it knows of its loads into one database on plain Hotdata:
//   STATE/plain/DATABASE/about.json          the server's URL and the database, for people
//   STATE/plain/DATABASE/receipts/LOAD.json  of loads that are complete
//   STATE/plain/DATABASE/loads/LOAD/         see package.h
// STATE is HOTLOAD_STATE_DIR, else $XDG_STATE_HOME/hotload, else ~/.local/state/hotload. DATABASE
// and LOAD are hashes: of the server, workspace and database, and of the load's key.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hotload/types.h"

namespace hotload::plain {

class Home {
 public:
  Home(const std::string& url, const std::string& workspace, const std::string& database_id);

  std::filesystem::path load_folder(const LoadKey& key) const;
  std::vector<std::filesystem::path> load_folders() const;
  std::optional<Receipt> receipt(const LoadKey& key) const;
  void keep(const Receipt& receipt) const;

 private:
  std::filesystem::path receipt_file(const LoadKey& key) const;

  std::filesystem::path folder_;
};

}  // namespace hotload::plain
