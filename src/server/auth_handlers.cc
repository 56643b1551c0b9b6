// SPDX-License-Identifier: Apache-2.0
#include "api/errors.h"
#include "server/handlers.h"

namespace hotload::server {

namespace {

constexpr int64_t kTokenSeconds = 3600;

std::string form_field(const std::string& body, const std::string& name) {
  for (size_t at = 0; at <= body.size();) {
    const size_t end = std::min(body.find('&', at), body.size());
    const std::string_view field = std::string_view(body).substr(at, end - at);
    if (field.starts_with(name + "=")) {
      return percent_decoded(field.substr(name.size() + 1), true);
    }
    at = end + 1;
  }
  return "";
}

}  // namespace

// Old clients exchange their key for a token first. The key is as good as a token: it is sent with
// each call either way, and a token of its own would have to outlive a restart.
Response exchange_token(Services& services, const Request& request) {
  const bool refresh = form_field(request.body, "grant_type") == "refresh_token";
  const std::string key = form_field(request.body, refresh ? "refresh_token" : "api_token");
  if (!services.keys.caller_of_key(key)) {
    throw api::Failure(401, api::kUnauthorized, "the API key is not valid");
  }
  return json_response(200, boost::json::object{{"access_token", key},
                                                {"token_type", "Bearer"},
                                                {"expires_in", kTokenSeconds},
                                                {"refresh_token", key}});
}

}  // namespace hotload::server
