// SPDX-License-Identifier: Apache-2.0
#include "plain/open_server.h"

#include "hotload/url_opener.h"
#include "plain/workspace.h"
#include "remote/workspace.h"

namespace hotload::plain {

std::shared_ptr<Workspace> open_server(const std::string& url, const ServerOptions& options) {
  remote::Connection connection = remote::connect(url, options);
  if (connection.has_extension) return remote::workspace_of(std::move(connection.client));
  return std::make_shared<PlainWorkspace>(std::move(connection.client));
}

void serve_urls() { open_urls_with(open_server); }

}  // namespace hotload::plain
