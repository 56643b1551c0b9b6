// SPDX-License-Identifier: Apache-2.0
// The workspaces that the conformance tests run on: a lake, and a server's over real HTTP.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "hotload/workspace.h"
#include "server/server.h"

namespace hotload::conformance {

// A folder of its own, gone with it.
class Backend {
 public:
  Backend();
  virtual ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  virtual std::shared_ptr<Workspace> open() = 0;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

class LakeBackend : public Backend {
 public:
  std::shared_ptr<Workspace> open() override;
};

// A server in this process, on a port of its own.
class ServerBackend : public Backend {
 public:
  ServerBackend();
  ~ServerBackend() override;
  std::shared_ptr<Workspace> open() override;

 private:
  server::Config config_;
  std::shared_ptr<Workspace> served_;
  std::unique_ptr<server::Services> services_;
  std::unique_ptr<server::Server> server_;
  std::thread thread_;
};

}  // namespace hotload::conformance
