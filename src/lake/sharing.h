// SPDX-License-Identifier: Apache-2.0
// What this program has said of sharing folders.
#pragma once

#include "hotload/sharing.h"

namespace hotload::lake {

// nullptr: it is not shared.
std::unique_ptr<SharedFolder> share_folder(const HeldFolder& folder);
// nullptr: nobody answers.
std::shared_ptr<Workspace> ask_holder(const std::filesystem::path& folder,
                                      const ServerOptions& options);

}  // namespace hotload::lake
