// SPDX-License-Identifier: Apache-2.0
#include "backend.h"

#include <cstdlib>
#include <random>

#include "plain/open_server.h"
#include "remote/workspace.h"
#include "server/folder_server.h"

namespace hotload::conformance {

namespace fs = std::filesystem;

namespace {

constexpr const char* kKey = "conformance";

}  // namespace

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

HolderBackend::HolderBackend() {
  server::share_folders({.loads = true});
  held_ = open_workspace((folder() / "x.lake").string());
}

std::shared_ptr<Workspace> HolderBackend::open() {
  return remote::ask_holder(held_->location(), {});
}

ServerBackend::ServerBackend(server::Config config) {
  config.root = folder();
  config.api_key = kKey;
  server_ = std::make_unique<server::RunningServer>(std::move(config));
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
  ::setenv("HOTLOAD_API_KEY", kKey, 1);
  plain::serve_urls();
  return open_workspace(server_->url());
}

}  // namespace hotload::conformance
