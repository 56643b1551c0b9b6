// SPDX-License-Identifier: Apache-2.0
// How the processes of a machine share a folder: the one that holds its lock answers the others.
// Nobody answers or asks until a program has said who does; it says so before it opens a workspace.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "hotload/workspace.h"

namespace hotload {

// A folder whose lock this process has.
struct HeldFolder {
  std::filesystem::path path;
  std::string holder;               // "process 7 (python)"
  std::function<void()> interrupt;  // ends what the engine runs at that moment, with kCanceled
};

// What others find in a held folder. Its end ends what they do here, and returns when nothing of
// the workspace is in use any more.
class SharedFolder {
 public:
  virtual ~SharedFolder() = default;
  // Once. Who came before has waited for it.
  virtual void answer_from(std::shared_ptr<Workspace> workspace) = 0;
};

// nullptr: this folder cannot be shared.
using FolderSharer = std::unique_ptr<SharedFolder> (*)(const HeldFolder& folder);
// The workspace of whoever holds the folder; nullptr: nobody answers.
using HolderAsker = std::shared_ptr<Workspace> (*)(const std::filesystem::path& folder,
                                                   const ServerOptions& options);

void share_folders_with(FolderSharer sharer);
void ask_holders_with(HolderAsker asker);

}  // namespace hotload
