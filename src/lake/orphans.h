// SPDX-License-Identifier: Apache-2.0
// Files and folders that nobody owns: what a crash left of a commit that was not, or of a load
// that was forgotten. The engine has a function for that; it has removed live data, so this is
// an anti-join of our own: everything on disk less everything that any snapshot names.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/connection.h"
#include "lake/files.h"
#include "lake/lake.h"

namespace hotload::lake {

struct Orphan {
  fs::path path;
  int64_t size_bytes = 0;
};

// Data files that no snapshot names, untouched for `grace_seconds`. A commit under way has such
// files too: whoever deletes them must be in the door.
std::vector<Orphan> orphaned_files(engine::Connection& connection, const Lake& lake,
                                   int64_t grace_seconds);
// Folders of the staging area without a load in them, untouched for `grace_seconds`.
std::vector<Orphan> orphaned_staging(const Lake& lake, int64_t grace_seconds);
// Removes folders below `root` that hold nothing and were not touched for `grace_seconds`.
void remove_empty_folders(const fs::path& root, int64_t grace_seconds);

// Seconds since the file was written, linked or renamed. A hard link keeps the time of writing.
int64_t age_seconds(const fs::path& path);

}  // namespace hotload::lake
