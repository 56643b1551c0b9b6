// SPDX-License-Identifier: Apache-2.0
// For tests: a server in this process, on a port of its own. It stops with this.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "hotload/workspace.h"
#include "server/server.h"

namespace hotload::server {

class RunningServer {
 public:
  // The config names the folder and the key.
  explicit RunningServer(Config config) : config_(std::move(config)) {
    config_.port = 0;
    config_.engine_slots = 4;
    served_ = open_workspace(lake_folder(config_).string());
    services_ = std::make_unique<Services>(config_, *served_);
    server_ = std::make_unique<Server>(*services_);
    thread_ = std::thread([this] { server_->run(); });
  }
  ~RunningServer() {
    server_->stop();
    thread_.join();
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  uint16_t port() const { return static_cast<uint16_t>(server_->port()); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }

 private:
  Config config_;
  std::shared_ptr<Workspace> served_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace hotload::server
