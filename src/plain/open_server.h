// SPDX-License-Identifier: Apache-2.0
// Which workspace a server's URL is: one with hotload's own calls, or plain Hotdata.
#pragma once

#include <memory>
#include <string>

#include "hotload/workspace.h"

namespace hotload::plain {

// Makes open_workspace() take "http://host:port" and "https://...".
void serve_urls();

// Asks the server once what it is. Throws as remote::connect() does.
std::shared_ptr<Workspace> open_server(const std::string& url, const ServerOptions& options);

}  // namespace hotload::plain
