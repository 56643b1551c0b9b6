// SPDX-License-Identifier: Apache-2.0
// Where this machine keeps what it knows of its loads into one database on plain Hotdata:
//   STATE/plain/DATABASE/about.json          the server's URL and the database, for people
//   STATE/plain/DATABASE/lock                see CommitLock
//   STATE/plain/DATABASE/receipts/LOAD.json  of loads that are complete
//   STATE/plain/DATABASE/loads/LOAD/         see package.h
// STATE is remote::state_folder(). DATABASE and LOAD are hashes: of the database's id, by whatever
// name its server is reached, and of the load's key. All of it is for its owner alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hotload/types.h"

namespace hotload::plain {

// Held while a load is worked out and pushed: what it has read back of a table stays as it is, as
// far as the processes of this machine go.
class CommitLock {
 public:
  explicit CommitLock(const std::filesystem::path& file);
  ~CommitLock();
  CommitLock(const CommitLock&) = delete;
  CommitLock& operator=(const CommitLock&) = delete;

 private:
  int fd_ = -1;
};

class Home {
 public:
  Home(std::string url, std::string workspace, std::string database_id);

  // Makes its folder, before anything is put into it.
  void make() const;
  // Waits for those who hold it.
  CommitLock lock() const;

  std::filesystem::path load_folder(const LoadKey& key) const;
  std::vector<std::filesystem::path> load_folders() const;
  std::optional<Receipt> receipt(const LoadKey& key) const;
  void keep(const Receipt& receipt) const;

 private:
  std::filesystem::path receipt_file(const LoadKey& key) const;

  std::string url_;
  std::string workspace_;
  std::string database_id_;
  std::filesystem::path folder_;
};

}  // namespace hotload::plain
