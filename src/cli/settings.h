// SPDX-License-Identifier: Apache-2.0
// Settings of a command that are flags, environment variables and lines of a TOML file under one
// name: --max-body-bytes, HOTLOAD_MAX_BODY_BYTES, max-body-bytes = "1MB". A flag beats the
// environment, which beats the file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace hotload::cli {

class Settings {
 public:
  // Adds --config, which names the file, to the command.
  explicit Settings(CLI::App& command);

  // `name` without dashes before it; `target` must outlive the command.
  template <typename T>
  CLI::Option* add(const std::string& name, T& target, const std::string& help) {
    return named(command_.add_option("--" + name, target, help), name)->capture_default_str();
  }
  CLI::Option* add_flag(const std::string& name, bool& target, const std::string& help) {
    return named(command_.add_flag("--" + name, target, help), name);
  }
  // Bytes, also as "64KB", "1MB", "16GB" (of 1024).
  CLI::Option* add_size(const std::string& name, int64_t& target, const std::string& help);
  CLI::Option* add_seconds(const std::string& name, int64_t& target, const std::string& help);

  // Once the command line is parsed: what the file says. Throws UsageError.
  void read_file();

 private:
  CLI::Option* named(CLI::Option* option, const std::string& name);

  CLI::App& command_;
  std::string file_;
};

}  // namespace hotload::cli
