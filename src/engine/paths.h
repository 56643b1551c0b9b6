// SPDX-License-Identifier: Apache-2.0
// Where the engine's files are at run time. Any thread may call it.
#pragma once

#include <string>
#include <string_view>

namespace hotload::engine {

// The path of an extension's file ("ducklake"): in the folder that the environment variable
// HOTLOAD_EXTENSION_DIR names, in `extensions/` beside the program or library that holds this
// code, or where the build found it. Throws Error(kInternal) naming the places when it is in none.
std::string extension_path(std::string_view name);

}  // namespace hotload::engine
