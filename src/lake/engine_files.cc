// SPDX-License-Identifier: Apache-2.0
#include "lake/engine_files.h"

#include <array>
#include <cstdio>

namespace hotload::lake {

std::string first_file_name(std::chrono::system_clock::time_point time) {
  const int64_t ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "ducklake-%08lx-%04lx",
                static_cast<unsigned long>(ms >> 16), static_cast<unsigned long>(ms & 0xffff));
  return name.data();
}

WrittenFiles written_since(const fs::path& folder, const std::string& first) {
  WrittenFiles written;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("ducklake-") || name < first || name.ends_with("-delete.parquet")) {
      continue;
    }
    written.files += 1;
    written.size_bytes += static_cast<int64_t>(entry.file_size(error));
  }
  return written;
}

}  // namespace hotload::lake
