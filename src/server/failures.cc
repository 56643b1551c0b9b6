// SPDX-License-Identifier: Apache-2.0
#include "server/failures.h"

#include <filesystem>

namespace hotload::server {

namespace {

constexpr const char* kFile = "the file";
constexpr const char* kEndsPath = " \t\n'\"`:,;()[]<>";

}  // namespace

std::string without_paths(std::string message, const Config& config) {
  if (config.local) return message;  // the files are the client's own
  std::error_code ignored;
  for (const std::filesystem::path& root :
       {config.root, std::filesystem::weakly_canonical(config.root, ignored)}) {
    // "ROOT/ws1.server/...", "ROOT/ws1.lake/..."
    const std::string folder = (root / (config.workspace + ".")).string();
    for (size_t at = message.find(folder); at != std::string::npos; at = message.find(folder, at)) {
      size_t end = message.find_first_of(kEndsPath, at + folder.size());
      if (end == std::string::npos) end = message.size();
      const bool quoted = at > 0 && end < message.size() && message[at - 1] == message[end] &&
                          (message[end] == '\'' || message[end] == '"');
      if (quoted) {
        --at;
        ++end;
      }
      message.replace(at, end - at, kFile);
    }
  }
  return message;
}

api::Failure client_failure(const Config& config) {
  const api::Failure failure = api::failure_of_current();
  return {failure.status(), failure.code(), without_paths(failure.what(), config),
          failure.retry_after_s(), failure.reason()};
}

api::Failure query_timeout(const Config& config) {
  return {400, "QUERY_TIMEOUT",
          "the query ran longer than " + std::to_string(config.query_timeout_s) + " s"};
}

}  // namespace hotload::server
