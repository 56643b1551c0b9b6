// SPDX-License-Identifier: Apache-2.0
// A file on its way to a server's storage: in one piece, or in parts that are sent at the same time
// and again one by one. It takes no memory to speak of: parts are read while they are sent.
#pragma once

#include <cstdint>
#include <string>

#include "remote/client.h"

namespace hotload::remote {

// Returns the id of the finalized upload. `parallel`: parts that are sent at once. What fails
// leaves nothing that counts: upload again. `journal`: where it is kept which parts are there, so
// that another call with the same file sends the others alone; it stays until the caller has done
// with the upload. Empty: nowhere.
std::string upload_file(Client& client, const std::string& path, int64_t parallel,
                        const std::string& journal = {});

// Whether that journal is of an upload of this very file, which must not be written anew then.
bool has_begun(const std::string& path, const std::string& journal);

}  // namespace hotload::remote
