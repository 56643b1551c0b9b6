// SPDX-License-Identifier: Apache-2.0
#include "backend.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <random>

#include "plain/open_server.h"

namespace hotload::conformance {

namespace fs = std::filesystem;

Backend::Backend()
    : folder_(fs::temp_directory_path() / ("hotload-" + std::to_string(std::random_device{}()))) {
  fs::create_directories(folder_);
}

Backend::~Backend() {
  close_idle_workspaces();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::shared_ptr<Workspace> LakeBackend::open() {
  return open_workspace((folder() / "x.lake").string());
}

ServerBackend::ServerBackend(server::Config config) : config_(std::move(config)) {
  spdlog::set_level(spdlog::level::warn);
  config_.root = folder();
  config_.api_key = "conformance";
  config_.port = 0;
  config_.engine_slots = 4;
  served_ = open_workspace(server::lake_folder(config_).string());
  services_ = std::make_unique<server::Services>(config_, *served_);
  server_ = std::make_unique<server::Server>(*services_);
  thread_ = std::thread([this] { server_->run(); });
}

ServerBackend::~ServerBackend() {
  server_->stop();
  thread_.join();
  server_.reset();
  services_.reset();
  served_.reset();
}

namespace {

server::Config plain_config() {
  server::Config config;
  config.plain = true;
  config.query_timeout_s = 10;  // a client cannot end what runs there
  return config;
}

}  // namespace

PlainBackend::PlainBackend() : ServerBackend(plain_config()) {
  ::setenv("HOTLOAD_STATE_DIR", (folder() / "state").c_str(), 1);
}

std::shared_ptr<Workspace> ServerBackend::open() {
  ::setenv("HOTLOAD_API_KEY", config_.api_key.c_str(), 1);
  plain::serve_urls();
  return open_workspace("http://127.0.0.1:" + std::to_string(server_->port()));
}

}  // namespace hotload::conformance
