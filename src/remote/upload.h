// SPDX-License-Identifier: Apache-2.0
// A file on its way to a server's storage: in one piece, or in parts that are sent at the same time
// and again one by one. It takes no memory to speak of: parts are read while they are sent.
#pragma once

#include <cstdint>
#include <string>

#include "remote/client.h"

namespace hotload::remote {

// Returns the id of the finalized upload. `parallel`: parts that are sent at once. What fails
// leaves nothing that counts: upload again.
std::string upload_file(Client& client, const std::string& path, int64_t parallel);

}  // namespace hotload::remote
