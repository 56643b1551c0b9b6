// SPDX-License-Identifier: Apache-2.0
// A place that holds databases. The entry of hotload.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hotload/database.h"

namespace hotload {

// How a server is asked.
struct ServerOptions {
  std::string api_key;       // empty: HOTLOAD_API_KEY
  std::string workspace_id;  // empty: HOTLOAD_WORKSPACE_ID; else the one workspace of the key
  int64_t connect_timeout_ms = 10'000;
  // How long nothing may come of an answer, or go of a request; 0: for ever.
  int64_t answer_timeout_ms = 15 * 60'000;
  // Of calls that may be sent again: attempts in all, the wait before the second (it doubles from
  // one to the next), and what attempts and waits of one call may add up to; the time that a body
  // takes to go is not counted. An attempt is not cut off by it.
  int64_t max_attempts = 8;
  int64_t first_wait_ms = 250;
  int64_t wait_budget_ms = 10 * 60'000;
  // Of a load on plain Hotdata: tables, and parts of a file, that are under way at once.
  int64_t parallel = 4;
  bool ask_environment = true;  // whether the variables above are looked at

  bool operator==(const ServerOptions&) const = default;
};

struct WorkspaceOptions {
  // Bytes that the engine may use. Default: a quarter of the machine's memory, at least 512 MiB.
  // The first to open a folder in a process decides for all who share it.
  std::optional<int64_t> memory_limit_bytes;
  std::optional<int64_t> threads;            // default: the number of cores
  bool create = true;                        // make the folder when it is missing
  int64_t lock_timeout_ms = 60'000;          // how long a commit waits for the writer before it
  std::optional<int64_t> retention_seconds;  // of snapshots; none: all are kept
  bool auto_maintenance = true;              // compact and sweep after commits when it pays
  // New rows of a table that are fewer bytes than this are inserted rather than adopted: the
  // engine does that faster than it takes one more file.
  int64_t adopt_from_bytes = 64 << 10;
  // A database that nobody uses for so long is closed, to be opened again when it is asked for.
  int64_t close_after_ms = 60'000;
  // Whether other processes of this machine find an answer while this one holds the folder, and
  // whether this one asks when another holds it (see open_workspace).
  bool answer_others = true;
  bool ask_holder = true;
  ServerOptions server;  // where the location is a server's URL; what is above concerns folders
};

// Thread-safe. Databases that it gave out stay usable while they are held.
class Workspace {
 public:
  virtual ~Workspace() = default;

  virtual std::string location() const = 0;
  virtual std::vector<std::string> list_databases() = 0;
  virtual bool has_database(const std::string& name) = 0;
  // Throws kAlreadyExists.
  virtual std::shared_ptr<Database> create_database(const std::string& name) = 0;
  // Throws kNotFound.
  virtual std::shared_ptr<Database> open_database(const std::string& name) = 0;
  virtual std::shared_ptr<Database> open_or_create_database(const std::string& name) = 0;
  // A new database with the same tables and history; no data file is rewritten.
  virtual std::shared_ptr<Database> fork_database(const std::string& from,
                                                  const std::string& to) = 0;
  // Brings what a fork changed since it was made into the database that it was made from, in one
  // commit there; one receipt for each schema that it changed. The fork stays. Throws
  // kFailedPrecondition when that database has moved on since, and says by what. Publishing the
  // same state of a fork again returns the same receipts.
  virtual std::vector<Receipt> publish_database(const std::string& fork) = 0;
  virtual void drop_database(const std::string& name) = 0;
};

// The database that a location without further words means.
inline constexpr const char* kDefaultDatabase = "main";

// Opens a folder ("x.lake", "file:///data/x.lake") or a server ("https://host:port"). Workspaces
// of one folder share one engine in the process. When another process has the folder open, that one
// is asked, and this workspace works through it for as long as it is there: a `hotload serve` does
// all, any other reads alone, and what writes throws kLocked, naming it. Throws kLocked at once
// when it does not answer, and what a server says of the key.
std::shared_ptr<Workspace> open_workspace(const std::string& location,
                                          const WorkspaceOptions& options = {});

// Closes, now rather than after a moment, what no workspace uses: its folder is then free for
// other processes. Called before a process ends.
void close_idle_workspaces();

}  // namespace hotload
