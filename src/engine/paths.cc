// SPDX-License-Identifier: Apache-2.0
#include "engine/paths.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "hotload/error.h"

namespace hotload::engine {
namespace {

// The folder of the program or shared library that this function is linked into.
std::filesystem::path own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0 || !info.dli_fname) return {};
  std::error_code ignored;
  // A program started through PATH names itself without a folder here.
  std::filesystem::path path = info.dli_fname;
  if (!path.has_parent_path()) path = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return std::filesystem::canonical(path, ignored).parent_path();
}

}  // namespace

std::string extension_path(std::string_view name) {
  std::vector<std::filesystem::path> folders;
  if (const char* chosen = std::getenv("HOTLOAD_EXTENSION_DIR"); chosen && *chosen) {
    folders.emplace_back(chosen);
  }
  folders.push_back(own_folder() / "extensions");
  folders.emplace_back(HOTLOAD_EXTENSION_DIR);

  std::string tried;
  for (const auto& folder : folders) {
    const auto path = folder / (std::string(name) + ".duckdb_extension");
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return path.string();
    tried += (tried.empty() ? "" : ", ") + folder.string();
  }
  throw Error(ErrorCode::kInternal, "the engine's extension '" + std::string(name) +
                                        "' is in none of: " + tried +
                                        "; reinstall hotload, or set HOTLOAD_EXTENSION_DIR");
}

}  // namespace hotload::engine
