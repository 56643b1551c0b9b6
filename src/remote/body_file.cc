// SPDX-License-Identifier: Apache-2.0
#include "remote/body_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "hotload/error.h"

namespace hotload::remote {

int64_t size_of_file(const std::string& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  if (failed) {
    const bool missing = failed == std::errc::no_such_file_or_directory;
    throw Error(missing ? ErrorCode::kNotFound : ErrorCode::kIo,
                "cannot read " + path + ": " + failed.message());
  }
  return static_cast<int64_t>(size);
}

BodyReader read_file(const std::string& path, int64_t offset, int64_t size) {
  const auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
  if (!*file) {
    throw Error(ErrorCode::kNotFound, "cannot open " + path + ": " + std::strerror(errno));
  }
  file->seekg(offset);
  return [file, path, left = size](char* out, size_t wanted) mutable {
    const auto part = std::min<int64_t>(left, static_cast<int64_t>(wanted));
    file->read(out, part);
    if (file->gcount() != part) throw Error(ErrorCode::kIo, "cannot read all of " + path);
    left -= part;
    return static_cast<size_t>(part);
  };
}

}  // namespace hotload::remote
