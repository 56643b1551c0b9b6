// SPDX-License-Identifier: Apache-2.0
// The frames of a zstd file (RFC 8878), walked from header to header without unpacking. The engine
// unpacks such files and compares their checksums, but takes a file that ends within a frame for
// whole.
#pragma once

#include "lake/files.h"

namespace hotload::lake {

// Throws kBadFile unless the file is whole frames, with nothing behind the last.
void check_zstd_frames(const fs::path& path);

}  // namespace hotload::lake
