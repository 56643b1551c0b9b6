// SPDX-License-Identifier: Apache-2.0
// hotload serve: a folder of databases over HTTP.
#include "server/server.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <thread>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/report.h"

namespace hotload::cli {

namespace {

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

int serve(server::Config config, const std::string& address) {
  set_address(config, address);
  if (config.api_key.empty() && !config.allow_no_key) {
    throw UsageError("there is no API key: set HOTLOAD_API_KEY, or say --no-key");
  }
  if (config.allow_no_key && !is_loopback(config.host)) {
    throw UsageError("--no-key is for loopback addresses alone");
  }
  if (config.engine_slots == 0) {
    config.engine_slots = 2 * std::max<int64_t>(1, std::thread::hardware_concurrency());
  }
  spdlog::set_default_logger(spdlog::stderr_color_mt("hotload"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  while (config.public_url.ends_with('/')) config.public_url.pop_back();
  const std::shared_ptr<Workspace> workspace = open_workspace(server::lake_folder(config).string());
  server::Services services(config, *workspace);
  server::Server server(services);
  OnInterrupt stop([&] {
    spdlog::info("stopping");
    server.stop();
  });
  spdlog::info("listening on {}:{} workspace={} root={}", config.host, server.port(),
               config.workspace, config.root.string());
  server.run();
  spdlog::info("stopped");
  return kOk;
}

}  // namespace

void add_serve(CLI::App& app, const GlobalOptions&, Command& chosen) {
  auto config = std::make_shared<server::Config>();
  auto address = std::make_shared<std::string>("127.0.0.1:8080");
  auto root = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("serve", "Serve databases over HTTP, to clients of the Hotdata API");
  command->add_option("--root", *root, "the folder that holds all of it; made when missing")
      ->required()
      ->envname("HOTLOAD_ROOT");
  command->add_option("--listen", *address, "host and port; port 0 is any that is free")
      ->envname("HOTLOAD_LISTEN")
      ->capture_default_str();
  command->add_option("--workspace", config->workspace, "the id of the workspace")
      ->envname("HOTLOAD_WORKSPACE")
      ->capture_default_str();
  command
      ->add_option("--api-key", config->api_key,
                   "better set in HOTLOAD_API_KEY: others see "
                   "the command line")
      ->envname("HOTLOAD_API_KEY");
  command->add_flag("--no-key", config->allow_no_key, "ask for no key, on a loopback address");
  command
      ->add_option("--public-url", config->public_url,
                   "by which clients reach the server (default: as their requests say)")
      ->envname("HOTLOAD_PUBLIC_URL");
  command
      ->add_option("--stop-timeout", config->stop_timeout_s,
                   "seconds that running requests have to end once it is asked to stop")
      ->envname("HOTLOAD_STOP_TIMEOUT")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_examples(*command, {"HOTLOAD_API_KEY=k hotload serve --root data --listen 127.0.0.1:8080"});
  command->callback([&chosen, config, address, root] {
    chosen = [config, address, root] {
      config->root = *root;
      return serve(*config, *address);
    };
  });
}

}  // namespace hotload::cli
