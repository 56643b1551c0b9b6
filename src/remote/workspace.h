// SPDX-License-Identifier: Apache-2.0
// Workspaces of hotload servers.
#pragma once

#include <memory>
#include <string>

#include "hotload/workspace.h"

namespace hotload::remote {

// Makes open_workspace() take "http://host:port" and "https://...". The key and the workspace's id
// are those of HOTLOAD_API_KEY and HOTLOAD_WORKSPACE_ID (none: the one workspace of the server).
void serve_urls();

// Throws kInvalidArgument for what is no such URL, and what the server says of the key.
std::shared_ptr<Workspace> open_server(const std::string& url);

}  // namespace hotload::remote
