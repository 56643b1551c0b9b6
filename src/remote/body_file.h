// SPDX-License-Identifier: Apache-2.0
// Files as bodies of requests.
#pragma once

#include <cstdint>
#include <string>

#include "remote/http.h"

namespace hotload::remote {

// Throws kNotFound or kIo.
int64_t size_of_file(const std::string& path);
// `size` bytes of the file from `offset` on. Throws kNotFound when it cannot be opened; reading
// throws kIo, also for a file that ends before.
BodyReader read_file(const std::string& path, int64_t offset, int64_t size);

}  // namespace hotload::remote
