// SPDX-License-Identifier: Apache-2.0
// The workspaces that the conformance tests run on: a lake, one through the process that holds it,
// a server's over real HTTP, and one that offers plain Hotdata alone.
#pragma once

#include <filesystem>
#include <memory>

#include "hotload/workspace.h"
#include "server/testing.h"

namespace hotload::conformance {

// What not every workspace can do. Where one is missing, the calls throw kUnsupported.
struct Capabilities {
  bool keeps_history = true;        // receipts of all loads, changes, undo, the past, upkeep
  bool publishes_forks = true;      // into the database that they were made from
  bool writes_sql = true;           // in sessions, with transactions
  bool tells_empty_schemas = true;  // that is, schemas without a table
  bool tells_files = true;          // how many a table has, and their size
};

// A folder of its own, gone with it.
class Backend {
 public:
  Backend();
  virtual ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  virtual std::shared_ptr<Workspace> open() = 0;
  virtual Capabilities capabilities() const { return {}; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

class LakeBackend : public Backend {
 public:
  std::shared_ptr<Workspace> open() override;
};

// As other processes see it, through the socket in its folder.
class HolderBackend : public Backend {
 public:
  HolderBackend();
  std::shared_ptr<Workspace> open() override;

 private:
  std::shared_ptr<Workspace> held_;
};

// A server in this process, on a port of its own.
class ServerBackend : public Backend {
 public:
  ServerBackend() : ServerBackend(server::Config()) {}
  std::shared_ptr<Workspace> open() override;

 protected:
  explicit ServerBackend(server::Config config);

 private:
  std::unique_ptr<server::RunningServer> server_;
};

// One that offers none of hotload's own calls.
class PlainBackend : public ServerBackend {
 public:
  PlainBackend();
  Capabilities capabilities() const override {
    return {.keeps_history = false,
            .publishes_forks = false,
            .writes_sql = false,
            .tells_empty_schemas = false,
            .tells_files = false};
  }
};

}  // namespace hotload::conformance
