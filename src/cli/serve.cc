// SPDX-License-Identifier: Apache-2.0
// hotload serve: a folder of databases over HTTP.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/settings.h"
#include "server/folder_server.h"
#include "server/log.h"
#include "server/server.h"

namespace hotload::cli {

namespace {

struct ServeOptions {
  explicit ServeOptions(CLI::App& command) : settings(command) {}

  Settings settings;
  server::Config config;
  std::string root;
  std::string address = "127.0.0.1:8080";
  int64_t memory_bytes = 0;
  int64_t stop_timeout_s = 30;
};

bool is_loopback(const std::string& host) { return host.starts_with("127.") || host == "::1"; }

// "127.0.0.1:8080", "[::1]:8080", ":8080"
void set_address(server::Config& config, const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) throw UsageError("--listen is HOST:PORT");
  config.host = address.substr(0, colon);
  if (config.host.starts_with('[') && config.host.ends_with(']')) {
    config.host = config.host.substr(1, config.host.size() - 2);
  }
  if (config.host.empty()) config.host = "0.0.0.0";
  const std::string port = address.substr(colon + 1);
  const bool number = !port.empty() && port.size() <= 5 &&
                      port.find_first_not_of("0123456789") == std::string::npos;
  if (!number || std::stoi(port) > 65535) throw UsageError("--listen is HOST:PORT");
  config.port = static_cast<uint16_t>(std::stoi(port));
}

// It names folders below the root.
void check_workspace_id(const std::string& id) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  if (id.empty() || id.size() > 64 || id.find_first_not_of(kAllowed) != std::string::npos) {
    throw UsageError("--workspace '" + id + "': up to 64 letters, digits, '_' and '-'");
  }
}

server::Config checked_config(ServeOptions& options) {
  options.settings.read_file();
  server::Config config = options.config;
  if (options.root.empty()) throw UsageError("--root is missing: the folder that holds all of it");
  config.root = options.root;
  set_address(config, options.address);
  const bool has_key = !config.api_key.empty() || !server::KeyFile(config.root).list().empty();
  if (!has_key && !config.allow_no_key) {
    throw UsageError(
        "there is no API key: set HOTLOAD_API_KEY, make one with `hotload key add`, or say "
        "--no-key");
  }
  if (config.allow_no_key && !is_loopback(config.host)) {
    throw UsageError("--no-key is for loopback addresses alone");
  }
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    throw UsageError("--tls-certificate and --tls-key need each other");
  }
  if (config.engine_slots == 0) {
    config.engine_slots = 2 * std::max<int64_t>(1, std::thread::hardware_concurrency());
  }
  check_workspace_id(config.workspace);
  const bool is_url =
      config.public_url.starts_with("http://") || config.public_url.starts_with("https://");
  if (!config.public_url.empty() && !is_url) {
    throw UsageError("--public-url '" + config.public_url + "' does not begin with http(s)://");
  }
  config.stop_timeout_ms = options.stop_timeout_s * 1000;
  while (config.public_url.ends_with('/')) config.public_url.pop_back();
  return config;
}

// What no interrupt reaches would hold the end up for ever. All that counts is on disk at each
// moment: the next start finds what a kill leaves.
void end_after(int64_t seconds) {
  std::thread([seconds] {
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    spdlog::warn("not stopped after {} s: ended as by a kill", seconds);
    spdlog::default_logger()->flush();
    std::_Exit(kTransient);
  }).detach();
}

void log_line(server::LogLevel level, const std::string& text) {
  using Level = spdlog::level::level_enum;
  Level shown = Level::info;
  if (level == server::LogLevel::kWarning) shown = Level::warn;
  if (level == server::LogLevel::kError) shown = Level::err;
  spdlog::log(shown, "{}", text);
}

void log_to_standard_error() {
  spdlog::set_default_logger(spdlog::stderr_color_mt("hotload"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  server::log_to(log_line);
}

int serve(ServeOptions& options) {
  const server::Config config = checked_config(options);
  ::umask(S_IRWXG | S_IRWXO);  // what is stored is for its owner alone
  log_to_standard_error();
  server::share_folders({.loads = true,
                         .handler_threads = config.handler_threads,
                         .engine_slots = config.engine_slots,
                         .stop_timeout_ms = config.stop_timeout_ms});
  WorkspaceOptions engine;
  engine.ask_holder = false;  // it is to be the holder
  if (options.memory_bytes > 0) engine.memory_limit_bytes = options.memory_bytes;
  const std::shared_ptr<Workspace> workspace =
      open_workspace(server::lake_folder(config).string(), engine);
  server::Services services(config, *workspace);
  server::Server server(services);
  OnInterrupt stop([&] {
    spdlog::info("stopping");
    end_after(options.stop_timeout_s);
    server.stop();
  });
  spdlog::info("listening on {}:{} workspace={} root={}", config.host, server.port(),
               config.workspace, config.root.string());
  server.run();
  spdlog::info("stopped");
  return kOk;
}

void add_basics(ServeOptions& options) {
  Settings& settings = options.settings;
  server::Config& config = options.config;
  settings.add("root", options.root, "the folder that holds all of it; made when missing");
  settings.add("listen", options.address, "host and port; port 0 is any that is free");
  settings.add("workspace", config.workspace, "the id of the workspace");
  settings.add("api-key", config.api_key,
               "a key that may do all; better set by the variable: others see the command line");
  settings.add_flag("no-key", config.allow_no_key, "ask for no key, on a loopback address");
  settings.add_flag("plain", config.plain,
                    "strictly what Hotdata offers: without hotload's own calls and the console");
  settings.add("tls-certificate", config.tls_certificate,
               "a PEM file with the certificate and those that signed it: serve HTTPS");
  settings.add("tls-key", config.tls_key, "a PEM file with the certificate's private key");
  settings.add("public-url", config.public_url,
               "by which clients reach the server (default: as their requests say)");
}

void add_limits(ServeOptions& options) {
  Settings& settings = options.settings;
  server::Config& config = options.config;
  const std::string group = "Limits";
  const auto number = [&](const char* name, int64_t& target, const char* help) {
    settings.add(name, target, help)->check(CLI::PositiveNumber)->group(group);
  };
  const auto size = [&](const char* name, int64_t& target, const char* help) {
    settings.add_size(name, target, help)->group(group);
  };
  const auto seconds = [&](const char* name, int64_t& target, const char* help) {
    settings.add_seconds(name, target, help)->group(group);
  };
  size("memory", options.memory_bytes, "of the engine (default: a quarter of the machine's)");
  settings
      .add("engine-slots", config.engine_slots,
           "statements and loads that run at once; 0: twice the cores")
      ->check(CLI::NonNegativeNumber)
      ->group(group);
  number("handler-threads", config.handler_threads, "requests that are worked on at once");
  number("max-connections", config.max_connections, "connections that are open at once");
  number("max-waiting", config.max_waiting, "requests that may wait for a thread");
  size("max-header-bytes", config.max_header_bytes, "of a request's header");
  size("max-body-bytes", config.max_body_bytes, "of a request's body, but for uploads");
  size("max-sql-bytes", config.max_sql_bytes, "of a statement");
  size("max-json-bytes", config.max_json_bytes, "of an answer with rows as JSON");
  size("max-result-bytes", config.max_result_bytes, "of a kept result");
  size("max-upload-bytes", config.max_upload_bytes, "of an upload");
  size("part-bytes", config.part_bytes, "of a part of an upload; smaller uploads come in one");
  seconds("header-timeout", config.header_timeout_s, "seconds for a request's header");
  seconds("idle-timeout", config.idle_timeout_s, "seconds that a connection may wait unused");
  seconds("io-timeout", config.io_timeout_s, "seconds that a body may come to a stand");
  seconds("slot-timeout", config.slot_timeout_s, "seconds that work waits for the engine");
  seconds("query-timeout", config.query_timeout_s, "seconds that a query may run");
  seconds("session-timeout", config.session_idle_s,
          "seconds that a SQL session may be unused before it is closed");
  seconds("transaction-timeout", config.transaction_idle_s,
          "the same for one with an open transaction, for which others wait");
  number("max-sessions", config.max_sessions, "SQL sessions that are open at once");
  seconds("stop-timeout", options.stop_timeout_s,
          "seconds until it has ended once it is asked to stop, whatever still runs");
  seconds("result-ttl", config.result_ttl_s, "seconds that results are kept");
  seconds("upload-ttl", config.upload_ttl_s, "seconds that uploads are kept until they are loaded");
}

}  // namespace

void add_serve(CLI::App& app, const GlobalOptions&, Command& chosen) {
  CLI::App* command =
      app.add_subcommand("serve", "Serve databases over HTTP, to clients of the Hotdata API");
  const auto options = std::make_shared<ServeOptions>(*command);
  add_basics(*options);
  add_limits(*options);
  add_examples(*command, {"HOTLOAD_API_KEY=k hotload serve --root data --listen 127.0.0.1:8080",
                          "hotload serve --config hotload.toml"});
  command->callback([&chosen, options] { chosen = [options] { return serve(*options); }; });
}

}  // namespace hotload::cli
