// SPDX-License-Identifier: Apache-2.0
// The options that every command has, and the workspace that they name.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "hotload/workspace.h"

namespace hotload::cli {

struct GlobalOptions {
  std::string lake;  // as given, or of HOTLOAD_LAKE
  std::string database = kDefaultDatabase;
  bool json = false;

  // The folder: `lake`, else the one folder *.lake here. Throws UsageError.
  std::string lake_path() const;
  // The lake must be there, unless it is to be made.
  std::shared_ptr<Workspace> open_workspace(bool create = false) const;
  std::shared_ptr<Database> open_database() const;
};

// What the chosen command does, and its exit code.
using Command = std::function<int()>;

}  // namespace hotload::cli
