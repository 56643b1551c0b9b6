// SPDX-License-Identifier: Apache-2.0
// Who opens locations that are URLs of servers: nobody, until a program has said so.
#pragma once

#include <memory>
#include <string>

#include "hotload/workspace.h"

namespace hotload {

using UrlOpener = std::shared_ptr<Workspace> (*)(const std::string& url,
                                                 const ServerOptions& options);

// Before the first open_workspace().
void open_urls_with(UrlOpener opener);

}  // namespace hotload
