// SPDX-License-Identifier: Apache-2.0
#include "remote/body_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "hotload/error.h"

namespace hotload::remote {

FileState state_of_file(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    throw Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                "cannot read " + path + ": " + std::strerror(errno));
  }
  if (!S_ISREG(found.st_mode)) throw Error(ErrorCode::kIo, path + " is no file");
  return {found.st_size, found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec};
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
