// SPDX-License-Identifier: Apache-2.0
// The one table of routes, and what becomes of a request before its body is read: which handler
// will have it, who asks, and whether that is allowed.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/handlers.h"

namespace hotload::server {

// Who may: anyone, any key, a key of the workspace that may read, one that may write.
enum class Access { kPublic, kKey, kRead, kWrite };

struct Route {
  const char* method;
  const char* pattern;  // "/v1/jobs/{id}"
  Access access;
  Handler handler;               // nullptr: 501
  const char* reason = nullptr;  // of the 501
  bool body_in_file = false;     // the handler gets Request::body_file: bodies of any size
};

std::span<const Route> routes();
// Those that Hotdata offers, and this server's upkeep: without hotload's own calls and console.
std::span<const Route> plain_routes();
// Those by which a folder's holder answers.
std::span<const Route> folder_routes();
inline std::span<const Route> routes(const Config& config) {
  if (config.local) return folder_routes();
  return config.plain ? plain_routes() : routes();
}

// What will happen to a request: a handler gets all of it, or a sink its body.
struct Plan {
  const Route* route = nullptr;
  std::unique_ptr<BodySink> sink;
  std::string label;  // the route's pattern, for logs: paths may hold secrets
};

// Whether failures of requests for this path are {"error": "text"}, without a code.
bool has_plain_errors(std::string_view path);
// Fills in the request's parameters and who asks. Throws a Failure.
Plan plan_request(Services& services, Request& request, std::optional<int64_t> content_length);
// Runs the handler; failures become answers.
Response answer(Services& services, const Route& route, const Request& request);
// What the current exception is as an answer to that request.
Response failure_response(const Config& config, const Request& request);

}  // namespace hotload::server
