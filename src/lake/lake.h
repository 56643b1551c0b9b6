// SPDX-License-Identifier: Apache-2.0
// One database of a root as this process has it: its attachment, its door, its stamp, what is
// known of its loads. Shared by all handles on the database. Thread-safe.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "hotload/database.h"
#include "lake/catalog_lock.h"
#include "lake/door.h"
#include "lake/files.h"
#include "lake/live_columns.h"
#include "lake/reader_gate.h"

namespace hotload::lake {

class Root;
class Staging;

// What the catalog file and its log look like from outside. Only our own commits change it.
struct Stamp {
  struct File {
    uint64_t inode = 0;
    int64_t size_bytes = -1;
    int64_t changed_ns = 0;
    bool operator==(const File&) const = default;
  };
  File catalog;
  File log;
  bool operator==(const Stamp&) const = default;
};

class Lake {
 public:
  Lake(Root& root, std::string name);

  Root& root() const { return root_; }
  const std::string& name() const { return name_; }
  // The name under which the engine knows the database. It differs from any schema's name.
  const std::string& alias() const { return alias_; }
  const fs::path& folder() const { return folder_; }
  fs::path data_folder() const;
  fs::path staging_folder() const;
  std::string table(const std::string& schema, const std::string& table) const;  // quoted
  std::string metadata_catalog() const;                  // the catalog itself, quoted
  std::string metadata(const std::string& table) const;  // a table of it, quoted

  // Makes the database on disk; a half-made one of a crash is replaced.
  void create(const std::shared_ptr<engine::Instance>& instance);
  void close();
  // For a lake that nobody holds. Whether the engine has let it go.
  bool close_and_detach();
  void drop();

  // A connection of the running instance with this database attached.
  std::shared_ptr<engine::Connection> connect();
  // Whether a connection belongs to the instance that writes now.
  bool is_current(const engine::Connection& connection) const;

  Door& door() { return door_; }
  ReaderGate& readers() { return readers_; }
  LiveColumns& live_columns() { return live_columns_; }

  // How often maintenance has replaced files. The engine loses what a transaction deletes from
  // files that were replaced since it began: such a one must not write.
  int64_t rewrites() const { return rewrites_; }
  void note_rewrite() { ++rewrites_; }

  // Throws kChanged when another program has written to the catalog since our last commit.
  void check_stamp() const;
  void take_stamp();

  // Committed loads. Read from the database once, then kept.
  std::optional<Receipt> receipt(const LoadKey& key);
  std::vector<Receipt> receipts();
  void remember(const Receipt& receipt);
  // After a commit whose outcome is unknown: what was remembered counts no more.
  void forget();

  // The staging of one load, shared by all its handles.
  std::shared_ptr<Staging> staging(const LoadKey& key);
  void close_staging(const LoadKey& key);

 private:
  void attach(engine::Instance& instance);
  // The same, for this process alone, and from now on `stamp_` is right. Under the mutex.
  void take_over(const std::shared_ptr<engine::Instance>& instance);
  void load_receipts();

  Root& root_;
  const std::string name_;
  const std::string alias_;
  const fs::path folder_;
  Door door_;
  ReaderGate readers_;
  LiveColumns live_columns_;
  std::atomic<int64_t> rewrites_{0};

  mutable std::mutex mutex_;  // guards what follows
  std::weak_ptr<engine::Instance> attached_;
  std::unique_ptr<CatalogLock> catalog_lock_;  // while it is attached
  Stamp stamp_;
  bool dropped_ = false;
  std::map<std::string, std::weak_ptr<Staging>> stagings_;
  std::mutex receipts_mutex_;
  std::optional<std::map<std::string, Receipt>> receipts_;
};

// A text that tells one key from any other.
std::string key_text(const LoadKey& key);

}  // namespace hotload::lake
