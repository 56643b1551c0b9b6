// SPDX-License-Identifier: Apache-2.0
#include "cli/report.h"

#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <cstdio>

namespace hotload::cli {

namespace {

std::atomic<bool> as_json = false;

// In one write, so that lines of several threads do not mix.
void write_line(const std::string& text) {
  const std::string erase = ::isatty(STDERR_FILENO) ? "\r\x1b[K" : "";
  const std::string line = erase + text + "\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void report_as_json() { as_json = true; }

std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (!control) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

void print_error(ErrorCode code, const std::string& message) {
  if (!as_json) return write_line("hotload: " + one_line(message));
  const boost::json::object error{
      {"code", to_string(code)}, {"message", message}, {"transient", is_transient(code)}};
  write_line(boost::json::serialize(boost::json::object{{"error", error}}));
}

void print_note(const std::string& message) {
  if (!as_json) write_line(one_line(message));
}

}  // namespace hotload::cli
