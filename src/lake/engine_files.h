// SPDX-License-Identifier: Apache-2.0
// The data files that the engine itself writes: by their names one knows when.
#pragma once

#include <chrono>
#include <string>

#include "lake/files.h"

namespace hotload::lake {

struct WrittenFiles {
  int64_t files = 0;
  int64_t size_bytes = 0;
};

// The name that an engine's file would have at least, written at `time` or later: the engine names
// its files by UUIDs of version 7, which begin with the milliseconds.
std::string first_file_name(std::chrono::system_clock::time_point time);

// The engine's data files below a table's folder whose names are `first` or later; not its files of
// deleted rows. A folder that is not there holds none.
WrittenFiles written_since(const fs::path& folder, const std::string& first);

}  // namespace hotload::lake
