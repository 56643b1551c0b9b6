// SPDX-License-Identifier: Apache-2.0
// Workspaces of hotload servers: of those that take hotload's own calls.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "hotload/workspace.h"
#include "remote/client.h"

namespace hotload::remote {

// A server that has been asked who it is.
struct Connection {
  std::shared_ptr<Client> client;
  bool has_extension = false;  // it takes hotload's own calls
};

// Those who ask alike within a while share a client, and thus its connections. Throws
// kInvalidArgument for what is no "http(s)://host:port", and what the server says of the key.
Connection connect(const std::string& url, const ServerOptions& options);

// Of a server that has the extension.
std::shared_ptr<Workspace> workspace_of(std::shared_ptr<Client> client);

// Whether a database's name is more likely the id of one: which of the two is asked for first.
bool looks_like_id(const std::string& name);

// Of the process that holds a folder, through the socket in it; nullptr: nobody answers there.
std::shared_ptr<Workspace> ask_holder(const std::filesystem::path& folder,
                                      const ServerOptions& options);

}  // namespace hotload::remote
