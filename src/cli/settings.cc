// SPDX-License-Identifier: Apache-2.0
#include "cli/settings.h"

#include <toml++/toml.h>

#include "cli/exit_code.h"

namespace hotload::cli {

namespace {

std::string variable_of(const std::string& name) {
  std::string variable = "HOTLOAD_";
  for (const char c : name) {
    variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return variable;
}

// A value as the command line would have it.
std::string text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* boolean = node.as_boolean()) return boolean->get() ? "true" : "false";
  throw CLI::ConversionError("a setting is a text, an integer, true or false");
}

}  // namespace

Settings::Settings(CLI::App& command) : command_(command) {
  command.add_option("--config", file_, "a TOML file with any of these settings, by their names")
      ->envname(variable_of("config"));
}

CLI::Option* Settings::named(CLI::Option* option, const std::string& name) {
  return option->envname(variable_of(name));
}

CLI::Option* Settings::add_size(const std::string& name, int64_t& target, const std::string& help) {
  CLI::Option* option = command_.add_option_function<uint64_t>(
      "--" + name, [&target](const uint64_t& bytes) { target = static_cast<int64_t>(bytes); },
      help);
  return named(option, name)
      ->transform(CLI::AsSizeValue(false))
      ->default_str(std::to_string(target));
}

CLI::Option* Settings::add_seconds(const std::string& name, int64_t& target,
                                   const std::string& help) {
  return add(name, target, help)->check(CLI::NonNegativeNumber);
}

void Settings::read_file() {
  if (file_.empty()) return;
  toml::table table;
  try {
    table = toml::parse_file(file_);
  } catch (const toml::parse_error& error) {
    throw UsageError(file_ + ", line " + std::to_string(error.source().begin.line) + ": " +
                     std::string(error.description()));
  }
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    CLI::Option* option = command_.get_option_no_throw("--" + name);
    if (option == nullptr || name == "config" || name == "help") {
      throw UsageError(file_ + ": there is no setting '" + name + "'");
    }
    if (option->count() > 0) continue;
    try {
      option->add_result(text_of(node));
      option->run_callback();
    } catch (const CLI::ParseError& error) {
      throw UsageError(file_ + ": " + name + ": " + error.what());
    }
  }
}

}  // namespace hotload::cli
