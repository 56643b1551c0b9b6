// SPDX-License-Identifier: Apache-2.0
#include "lake/sharing.h"

namespace hotload {

static FolderSharer folder_sharer = nullptr;
static HolderAsker holder_asker = nullptr;

void share_folders_with(FolderSharer sharer) { folder_sharer = sharer; }
void ask_holders_with(HolderAsker asker) { holder_asker = asker; }

namespace lake {

std::unique_ptr<SharedFolder> share_folder(const HeldFolder& folder) {
  return folder_sharer == nullptr ? nullptr : folder_sharer(folder);
}

std::shared_ptr<Workspace> ask_holder(const std::filesystem::path& folder,
                                      const ServerOptions& options) {
  return holder_asker == nullptr ? nullptr : holder_asker(folder, options);
}

}  // namespace lake

}  // namespace hotload
