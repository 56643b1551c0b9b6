// SPDX-License-Identifier: Apache-2.0
// Finds out what a server is, and keeps its client for those who ask next.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "hotload/error.h"
#include "remote/workspace.h"

namespace hotload::remote {

namespace {

using Clock = std::chrono::steady_clock;

// A client that nobody has asked for in this time goes, its connections with it.
constexpr auto kKeep = std::chrono::seconds(30);

struct Known {
  std::string url;
  ServerOptions options;
  Connection connection;
  Clock::time_point used;
  pid_t process;  // a forked child must not talk on its parent's connections
};

std::mutex mutex;
std::vector<Known>& known() {
  static auto& all = *new std::vector<Known>;  // outlives whoever asks while the process ends
  return all;
}

std::string or_variable(const std::string& given, const char* name) {
  if (!given.empty()) return given;
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

std::string checked(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (url.find_first_of("?#@ ") == std::string::npos) return url;
  throw Error(ErrorCode::kInvalidArgument,
              "a server's location is http(s)://HOST:PORT alone; its key is in HOTLOAD_API_KEY");
}

Connection ask(const std::string& url, const ServerOptions& options) {
  ClientOptions client;
  client.base_url = url;
  client.api_key = options.api_key;
  client.workspace_id = options.workspace_id;
  client.retry.max_attempts = static_cast<int>(options.max_attempts);
  client.retry.first_wait_ms = options.first_wait_ms;
  client.budget_ms = options.wait_budget_ms;
  client.http.connect_timeout_ms = options.connect_timeout_ms;
  auto made = std::make_shared<Client>(client);
  // Says what is wrong with the key or the server too.
  const bool extension =
      !made->send({.path = "/v1/workspaces"})->header("x-hotload-extension").empty();
  return {std::move(made), extension};
}

}  // namespace

Connection connect(const std::string& given_url, const ServerOptions& given) {
  const std::string url = checked(given_url);
  ServerOptions options = given;
  options.api_key = or_variable(given.api_key, "HOTLOAD_API_KEY");
  options.workspace_id = or_variable(given.workspace_id, "HOTLOAD_WORKSPACE_ID");
  const Clock::time_point now = Clock::now();
  {
    const std::lock_guard lock(mutex);
    std::erase_if(known(), [&](const Known& each) { return now - each.used > kKeep; });
    for (Known& each : known()) {
      if (each.url != url || each.options != options || each.process != ::getpid()) continue;
      each.used = now;
      return each.connection;
    }
  }
  Connection connection = ask(url, options);
  const std::lock_guard lock(mutex);
  known().push_back({url, options, connection, now, ::getpid()});
  return connection;
}

}  // namespace hotload::remote
