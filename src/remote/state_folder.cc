// SPDX-License-Identifier: Apache-2.0
#include "remote/state_folder.h"

#include <cstdlib>
#include <string>

namespace hotload::remote {

namespace fs = std::filesystem;

namespace {

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

}  // namespace

fs::path state_folder() {
  if (const std::string named = variable("HOTLOAD_STATE_DIR"); !named.empty()) {
    return fs::absolute(named);
  }
  if (const std::string xdg = variable("XDG_STATE_HOME"); !xdg.empty()) {
    return fs::absolute(xdg) / "hotload";
  }
  if (const std::string home = variable("HOME"); !home.empty()) {
    return fs::absolute(home) / ".local" / "state" / "hotload";
  }
  return {};
}

}  // namespace hotload::remote
