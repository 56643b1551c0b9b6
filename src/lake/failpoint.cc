// SPDX-License-Identifier: Apache-2.0
#include "lake/failpoint.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

namespace hotload::lake {

namespace {

struct Armed {
  std::string name;
  std::string log;
  std::atomic<int> passes_left{1};

  Armed() {
    if (const char* text = std::getenv("HOTLOAD_FAILPOINT"); text != nullptr) {
      name = text;
      if (const size_t colon = name.find(':'); colon != std::string::npos) {
        passes_left = std::atoi(name.c_str() + colon + 1);
        name.resize(colon);
      }
    }
    if (const char* path = std::getenv("HOTLOAD_FAILPOINT_LOG"); path != nullptr) log = path;
  }
};

void append_line(const std::string& path, std::string_view name) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return;
  const std::string line = std::string(name) + "\n";
  [[maybe_unused]] const ssize_t n = ::write(fd, line.data(), line.size());
  ::close(fd);
}

}  // namespace

void failpoint(std::string_view name) {
  static Armed armed;
  if (!armed.log.empty()) append_line(armed.log, name);
  if (armed.name.empty() || armed.name != name) return;
  if (armed.passes_left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

}  // namespace hotload::lake
