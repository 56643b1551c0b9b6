// SPDX-License-Identifier: Apache-2.0
// What this machine keeps of a load that is not complete, in a folder of its own:
//   load.json       the key, and what the load means to do
//   pushes.json     once it commits: each table's way to the server, and how far that has come
//   push-TABLE.parquet, push-TABLE.parquet.upload
//                  on its way, with the parts that are there (see remote/upload_journal.h)
//   scratch.lake/   staged files, and the tables in which the plan runs
// All of it is synced before a call returns, so that another process can go on. Handles on one key
// share one package. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plain/home.h"
#include "plain/intent.h"
#include "plain/push.h"
#include "plain/scratch.h"

namespace hotload::plain {

class Package {
 public:
  // The package of that key in this process.
  static std::shared_ptr<Package> open(const Home& home, const LoadKey& key);
  // One that lies in a folder, whoever made it.
  static LoadKey key_of(const std::filesystem::path& folder);

  Package(const Home& home, const LoadKey& key);

  const LoadKey& key() const { return key_; }
  const Home& home() const { return home_; }
  const std::filesystem::path& folder() const { return folder_; }
  // Whether anything of it is kept.
  bool exists() const;

  std::optional<Receipt> receipt();
  // The load is complete: its receipt stays, all else goes.
  void finish(const Receipt& receipt);
  void remove();

  Intent intent();
  void update(const std::function<void(Intent&)>& change);
  std::shared_ptr<Scratch> scratch();

  // Whether its plan has run in the scratch lake: what is left is to push the outcome.
  bool is_sealed();
  // Empty: not planned yet.
  std::vector<Push> pushes();
  void plan(const std::vector<Push>& pushes);
  void record(const Push& push);

  // One commit at a time, and one table brought here at a time.
  std::mutex& commit_mutex() { return commit_mutex_; }
  std::mutex& fill_mutex() { return fill_mutex_; }
  // Tables whose columns were brought here, or looked for in vain. With fill_mutex().
  std::set<std::string>& brought() { return brought_; }

 private:
  void read();
  void write_pushes() const;

  const Home home_;
  const LoadKey key_;
  const std::filesystem::path folder_;
  std::mutex commit_mutex_;
  std::mutex fill_mutex_;
  std::set<std::string> brought_;
  std::mutex mutex_;  // guards what follows
  std::optional<Receipt> receipt_;
  Intent intent_;
  std::vector<Push> pushes_;
  std::shared_ptr<Scratch> scratch_;
};

}  // namespace hotload::plain
