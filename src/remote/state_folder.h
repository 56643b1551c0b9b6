// SPDX-License-Identifier: Apache-2.0
// Where this machine keeps what it knows of its work on servers, beyond a process.
#pragma once

#include <filesystem>

namespace hotload::remote {

// HOTLOAD_STATE_DIR, else $XDG_STATE_HOME/hotload, else ~/.local/state/hotload. Empty: none of them
// is set. It may not be there yet.
std::filesystem::path state_folder();

}  // namespace hotload::remote
