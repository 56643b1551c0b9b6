// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "cli/exit_code.h"

namespace hotload::cli {

namespace fs = std::filesystem;

std::string GlobalOptions::lake_path() const {
  if (!lake.empty()) return lake;
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(".")) {
    if (entry.is_directory() && entry.path().extension() == ".lake") {
      found.push_back(entry.path().filename());
    }
  }
  if (found.size() == 1) return found[0];
  std::sort(found.begin(), found.end());
  std::string message = "which lake? ";
  message += found.empty() ? "there is no folder *.lake here" : "there are several here (";
  for (const std::string& name : found) message += name + (name == found.back() ? ")" : ", ");
  throw UsageError(message + "; name one with --lake PATH or HOTLOAD_LAKE");
}

std::shared_ptr<Workspace> GlobalOptions::open_workspace(bool create) const {
  WorkspaceOptions options;
  options.create = create;
  return hotload::open_workspace(lake_path(), options);
}

std::shared_ptr<Database> GlobalOptions::open_database() const {
  return open_workspace()->open_database(database);
}

}  // namespace hotload::cli
