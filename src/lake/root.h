// SPDX-License-Identifier: Apache-2.0
// One lake folder as this process has it open: its lock, its engine instance and its databases.
// Shared by all workspaces on the folder; kept open a moment after the last one goes, since a
// pipeline opens and closes in quick succession. Thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "engine/instance.h"
#include "hotload/sharing.h"
#include "hotload/workspace.h"
#include "lake/files.h"
#include "lake/lock.h"

namespace hotload::lake {

class Lake;

class Root {
 public:
  // The shared root of that folder; takes its lock and starts its engine when it is not open.
  static std::shared_ptr<Root> open(const std::string& location, const WorkspaceOptions& options);
  // Closes what nobody uses, now rather than after the idle time.
  static void close_idle();
  // The folder that a location means; made when it is missing, unless the options say not to.
  static fs::path canonical_path(const std::string& location, const WorkspaceOptions& options);

  Root(fs::path path, const WorkspaceOptions& options);
  ~Root();
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  const fs::path& path() const { return path_; }
  const WorkspaceOptions& options() const { return options_; }
  // False once the folder was removed, also if another lies in its place by now.
  bool is_in_place() const { return lock_.holds(path_); }
  fs::path database_folder(const std::string& name) const { return path_ / name; }

  std::vector<std::string> list_databases() const;
  bool has_database(const std::string& name) const;
  // Throws kAlreadyExists for the name of a database, in whatever case.
  void check_is_free(const std::string& name) const;
  std::shared_ptr<Lake> create_lake(const std::string& name);
  std::shared_ptr<Lake> open_lake(const std::string& name);
  // Makes a finished folder, without its database.json, the database of that name.
  std::shared_ptr<Lake> install_lake(const std::string& name, const fs::path& made);
  void drop_lake(const std::string& name);

  // The running instance; a new one when a FATAL error has killed the last.
  std::shared_ptr<engine::Instance> instance();
  // A connection that keeps its instance alive.
  static std::shared_ptr<engine::Connection> connect(std::shared_ptr<engine::Instance> instance);

 private:
  using Clock = std::chrono::steady_clock;

  std::shared_ptr<engine::Instance> start_instance() const;
  // Looks now and then; under the mutex.
  void close_unused_lakes();
  void remove_half_forks() const;
  void interrupt();

  const fs::path path_;
  const WorkspaceOptions options_;
  RootLock lock_;
  std::unique_ptr<SharedFolder> shared_;  // other processes use the rest through it
  mutable std::mutex mutex_;              // guards what follows
  std::shared_ptr<engine::Instance> instance_;
  struct Open {
    std::shared_ptr<Lake> lake;
    Clock::time_point used = Clock::now();  // when somebody was last seen to hold it
  };
  std::map<std::string, Open> lakes_;
  Clock::time_point looked_ = Clock::now();
};

}  // namespace hotload::lake
