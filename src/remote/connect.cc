// SPDX-License-Identifier: Apache-2.0
// Finds out what a server is, or whether a folder's holder answers, and keeps its client for those
// who ask next.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <vector>

#include "api/folder_socket.h"
#include "hotload/error.h"
#include "model/identifier.h"
#include "remote/workspace.h"

namespace hotload::remote {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

// A client that nobody has asked for in this time goes, its connections with it.
constexpr auto kKeep = std::chrono::seconds(30);

constexpr const char* kSocketUrl = "http://hotload";
constexpr int64_t kAnswerMs = 10'000;  // a holder that only begins takes a moment
constexpr int kUnanswered = 3;

struct Known {
  std::string place;  // a URL, or what tells a socket from others
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

// A value of the calls' headers, as given or as the variable says. White space around it is none
// of it: a file of a secret ends with a line break.
std::string header_value(const std::string& given, const char* variable, bool ask_environment) {
  std::string text = given;
  const char* set = given.empty() && ask_environment ? std::getenv(variable) : nullptr;
  if (set != nullptr) text = set;
  constexpr const char* kSpace = " \t\r\n\v\f";
  text.erase(0, text.find_first_not_of(kSpace));
  text.erase(text.find_last_not_of(kSpace) + 1);
  const auto is_control = [](unsigned char each) { return each < 0x20 || each == 0x7f; };
  if (std::none_of(text.begin(), text.end(), is_control)) return text;
  throw Error(ErrorCode::kInvalidArgument,
              std::string(variable) +
                  ", or what was given in its place, has a line break or "
                  "another control character in it: look at where it is from");
}

std::string checked(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const size_t scheme = std::min(url.size(), url.find(':'));
  url.replace(0, scheme, model::fold_case(url.substr(0, scheme)));
  if (url.find_first_of("?#@ ") == std::string::npos) return url;
  throw Error(ErrorCode::kInvalidArgument,
              "a server's location is http(s)://HOST:PORT alone; its key is in HOTLOAD_API_KEY");
}

ClientOptions client_options(const std::string& url, const ServerOptions& options) {
  ClientOptions client;
  client.base_url = url;
  client.retry.max_attempts = static_cast<int>(options.max_attempts);
  client.retry.first_wait_ms = options.first_wait_ms;
  client.budget_ms = options.wait_budget_ms;
  client.parallel = options.parallel;
  client.http.connect_timeout_ms = options.connect_timeout_ms;
  client.http.silence_timeout_ms = options.answer_timeout_ms;
  return client;
}

Connection ask(const std::string& url, const ServerOptions& options) {
  ClientOptions client = client_options(url, options);
  client.http.peer = url;
  client.api_key = options.api_key;
  client.workspace_id = options.workspace_id;
  auto made = std::make_shared<Client>(client);
  // Says what is wrong with the key or the server too.
  const bool extension =
      !made->send({.path = "/v1/workspaces"})->header("x-hotload-extension").empty();
  return {std::move(made), extension};
}

// The client of those who asked alike; none: nobody has, for a while.
std::optional<Connection> kept(const std::string& place, const ServerOptions& options) {
  const Clock::time_point now = Clock::now();
  const std::lock_guard lock(mutex);
  std::erase_if(known(), [&](const Known& each) { return now - each.used > kKeep; });
  for (Known& each : known()) {
    if (each.place != place || each.options != options || each.process != ::getpid()) continue;
    each.used = now;
    return each.connection;
  }
  return {};
}

void keep(const std::string& place, const ServerOptions& options, const Connection& connection) {
  const std::lock_guard lock(mutex);
  known().push_back({place, options, connection, Clock::now(), ::getpid()});
}

// Who holds the folder is there or is not: there is no network to wait for.
Connection ask_socket(const fs::path& folder, std::shared_ptr<const api::FolderSocket> socket,
                      const ServerOptions& options) {
  ClientOptions client = client_options(kSocketUrl, options);
  client.location = folder.string();
  client.http.socket_path = socket->address();
  client.http.socket_owner = std::move(socket);
  client.http.peer = "the process that holds " + folder.string();
  client.http.advice = "; it has ended, or closed the folder: open it again";
  ClientOptions once = client;
  once.retry.max_attempts = 1;
  once.http.timeout_ms = kAnswerMs;
  Client(once).call({.path = "/v1/workspaces"});
  client.retry.max_unanswered = kUnanswered;
  return {std::make_shared<Client>(client), true};
}

}  // namespace

Connection connect(const std::string& given_url, const ServerOptions& given) {
  const std::string url = checked(given_url);
  ServerOptions options = given;
  const bool ask_environment = given.ask_environment;
  options.api_key = header_value(given.api_key, "HOTLOAD_API_KEY", ask_environment);
  options.workspace_id = header_value(given.workspace_id, "HOTLOAD_WORKSPACE_ID", ask_environment);
  if (auto connection = kept(url, options)) return *connection;
  Connection connection = ask(url, options);
  keep(url, options, connection);
  return connection;
}

std::shared_ptr<Workspace> ask_holder(const fs::path& folder, const ServerOptions& options) {
  try {
    const auto socket = std::make_shared<const api::FolderSocket>(folder);
    const std::string identity = socket->identity();
    if (identity.empty() || !socket->is_alive()) return nullptr;
    std::optional<Connection> connection = kept(identity, options);
    if (!connection) {
      connection = ask_socket(folder, socket, options);
      keep(identity, options, *connection);
    }
    return workspace_of(std::move(connection->client));
  } catch (const Error&) {
    return nullptr;  // whoever asked says that the folder is held
  }
}

}  // namespace hotload::remote
