// SPDX-License-Identifier: Apache-2.0
// Files as bodies of requests.
#pragma once

#include <cstdint>
#include <string>

#include "remote/http.h"

namespace hotload::remote {

// Two of one path that differ: the file was written meanwhile.
struct FileState {
  int64_t size = 0;  // bytes
  int64_t modified_ns = 0;

  bool operator==(const FileState&) const = default;
};

// Throws kNotFound or kIo.
FileState state_of_file(const std::string& path);
// `size` bytes of the file from `offset` on. Throws kNotFound when it cannot be opened; reading
// throws kIo, also for a file that ends before.
BodyReader read_file(const std::string& path, int64_t offset, int64_t size);

}  // namespace hotload::remote
