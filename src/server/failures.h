// SPDX-License-Identifier: Apache-2.0
// What went wrong as clients are told of it: where the server keeps its files is not theirs to
// know.
#pragma once

#include <string>

#include "api/errors.h"
#include "server/config.h"

namespace hotload::server {

// "the file" in place of each path in the workspace's folders.
std::string without_paths(std::string message, const Config& config);
// What the current exception is as an answer.
api::Failure client_failure(const Config& config);

// Of a statement that has run too long: not to be sent again as it is.
api::Failure query_timeout(const Config& config);

}  // namespace hotload::server
