// SPDX-License-Identifier: Apache-2.0
#include "server/openapi.h"

#include "api/contract.h"
#include "hotload/error.h"

namespace hotload::server {

using boost::json::array;
using boost::json::object;
using boost::json::value;

namespace {

object error_response(const Route& route, const char* description) {
  const char* schema = has_plain_errors(route.pattern) ? "#/components/schemas/Error"
                                                       : "#/components/schemas/ApiErrorResponse";
  return {{"description", description},
          {"content", {{"application/json", {{"schema", {{"$ref", schema}}}}}}}};
}

// One that also says when to come again.
object busy_response(const Route& route, const char* description) {
  object response = error_response(route, description);
  response["headers"] = {
      {"Retry-After", {{"description", "Whole seconds"}, {"schema", {{"type", "integer"}}}}}};
  return response;
}

void add_common_responses(object& operation, const Route& route) {
  object& responses = operation.at("responses").as_object();
  const auto add = [&](const char* status, const char* description) {
    responses.emplace(status, error_response(route, description));
  };
  add("400", "The request is not as it should be");
  if (operation.contains("requestBody")) add("413", "The body is too large");
  if (route.access != Access::kPublic) {
    add("401", "The key is missing or not valid");
    add("403", "The key may not do this");
    add("404", "Not found, or no workspace of this server");
  }
  responses.emplace("429", busy_response(route, "Too much work is waiting"));
  responses.emplace("503", busy_response(route, "Too many requests, or the server is stopping"));
}

array security_of(Access access) {
  if (access == Access::kPublic) return {};
  object needed{{"BearerAuth", array()}};
  if (access != Access::kKey) needed["WorkspaceId"] = array();
  return array{std::move(needed)};
}

object operation_of(const Route& route, object operation) {
  operation["security"] = security_of(route.access);
  if (route.handler == nullptr) {
    operation["description"] = std::string("Not implemented: ") + route.reason;
    operation["x-implemented"] = false;
    operation["responses"] = {{"501", error_response(route, route.reason)}};
  }
  add_common_responses(operation, route);
  return operation;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

object openapi_document(std::span<const Route> routes) {
  object document = api::contract();
  const object known = document.at("paths").as_object();
  object paths;
  for (const Route& route : routes) {
    const value* path = known.if_contains(route.pattern);
    const std::string method = lower(route.method);
    const value* operation = path == nullptr ? nullptr : path->as_object().if_contains(method);
    if (operation == nullptr) {
      throw Error(ErrorCode::kInternal,
                  std::string("the contract does not know ") + route.method + " " + route.pattern);
    }
    object& methods = paths.emplace(route.pattern, object()).first->value().as_object();
    methods[method] = operation_of(route, operation->as_object());
  }
  document["paths"] = std::move(paths);
  document["servers"] = {{{"url", "/"}}};
  return document;
}

}  // namespace hotload::server
