// SPDX-License-Identifier: Apache-2.0
#include "server/router.h"

#include <array>

#include "api/errors.h"

namespace hotload::server {

using api::Failure;

namespace {

constexpr std::string_view kStorage = "/storage/";

#define DB "/v1/databases/{database_id}"
#define CONN "/v1/connections/{connection_id}"

// The first that fits counts.
constexpr std::array kRoutes{
    Route{"GET", "/health", Access::kPublic, health},
    Route{"GET", "/ready", Access::kPublic, ready},
    Route{"GET", "/metrics", Access::kKey, metrics},

    Route{"POST", "/v1/auth/jwt", Access::kPublic, exchange_token},
    Route{"GET", "/v1/workspaces", Access::kKey, list_workspaces},

    Route{"POST", "/v1/databases", Access::kWorkspace, create_database},
    Route{"GET", "/v1/databases", Access::kWorkspace, list_databases},
    Route{"GET", "/v1/databases/count", Access::kWorkspace, count_databases},
    Route{"GET", "/v1/databases/by-name", Access::kWorkspace, get_database_by_name},
    Route{"GET", DB, Access::kWorkspace, get_database},
    Route{"DELETE", DB, Access::kWorkspace, delete_database},
    Route{"POST", DB "/fork", Access::kWorkspace, fork_database},
    Route{"POST", DB "/catalogs", Access::kWorkspace, attach_catalog},
    Route{"DELETE", DB "/catalogs/{connection_id}", Access::kWorkspace, detach_catalog},
    Route{"GET", DB "/context", Access::kWorkspace, list_contexts},
    Route{"POST", DB "/context", Access::kWorkspace, put_context},
    Route{"GET", DB "/context/{name}", Access::kWorkspace, get_context},
    Route{"DELETE", DB "/context/{name}", Access::kWorkspace, delete_context},
    Route{"POST", DB "/schemas", Access::kWorkspace, create_schema},
    Route{"POST", DB "/schemas/{schema}/tables", Access::kWorkspace, create_table},
    Route{"POST", DB "/schemas/{schema}/tables/{table}/loads", Access::kWorkspace, load_table},

    Route{"GET", "/v1/connections", Access::kWorkspace, list_connections},
    Route{"POST", CONN "/schemas", Access::kWorkspace, create_schema},
    Route{"POST", CONN "/schemas/{schema}/tables", Access::kWorkspace, create_table},
    Route{"DELETE", CONN "/schemas/{schema}/tables/{table}", Access::kWorkspace, delete_table},
    Route{"POST", CONN "/schemas/{schema}/tables/{table}/loads", Access::kWorkspace, load_table},
    Route{"GET", CONN "/tables/{schema}/{table}/indexes", Access::kWorkspace, list_indexes},
    Route{"POST", CONN "/tables/{schema}/{table}/indexes", Access::kWorkspace, create_index},
    Route{"DELETE", CONN "/tables/{schema}/{table}/indexes/{index_name}", Access::kWorkspace,
          delete_index},

    Route{"GET", "/v1/information_schema", Access::kWorkspace, information_schema},
    Route{"POST", "/v1/uploads", Access::kWorkspace, create_upload},
    Route{"POST", "/v1/uploads/{upload_id}/parts", Access::kWorkspace, mint_parts},
    Route{"POST", "/v1/uploads/{upload_id}/finalize", Access::kWorkspace, finalize_upload},
    Route{"GET", "/v1/jobs", Access::kWorkspace, list_jobs},
    Route{"GET", "/v1/jobs/{id}", Access::kWorkspace, get_job},

    Route{"POST", "/v1/query", Access::kWorkspace, run_query},
    Route{"GET", "/v1/query-runs", Access::kWorkspace, list_query_runs},
    Route{"GET", "/v1/query-runs/{id}", Access::kWorkspace, get_query_run},
    Route{"GET", "/v1/results", Access::kWorkspace, list_results},
    Route{"GET", "/v1/results/{id}", Access::kWorkspace, get_result},

    Route{"POST", "/v1/workspaces", Access::kKey, not_implemented},
    Route{"POST", "/v1/connections", Access::kWorkspace, not_implemented},
    Route{"POST", "/v1/secrets", Access::kWorkspace, not_implemented},
    Route{"POST", "/v1/embedding-providers", Access::kWorkspace, not_implemented},
    Route{"POST", "/v1/refresh", Access::kWorkspace, not_implemented},
};

#undef DB
#undef CONN

std::string_view take_segment(std::string_view& path) {
  const size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

// Both without their first slash.
bool matches(std::string_view pattern, std::string_view path,
             std::map<std::string, std::string>& parameters) {
  parameters.clear();
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view found = take_segment(path);
    if (wanted.starts_with('{')) {
      if (found.empty()) return false;
      parameters[std::string(wanted.substr(1, wanted.size() - 2))] = percent_decoded(found, false);
    } else if (wanted != found) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

const Route& find_route(Request& request) {
  bool other_method = false;
  const std::string_view path = std::string_view(request.path).substr(1);
  for (const Route& route : kRoutes) {
    if (!matches(std::string_view(route.pattern).substr(1), path, request.parameters)) continue;
    if (request.method == route.method) return route;
    other_method = true;
  }
  if (other_method) {
    throw Failure(405, "METHOD_NOT_ALLOWED", request.method + " is not for " + request.path);
  }
  throw api::not_found("path " + request.path);
}

void authorize(Services& services, Request& request, Access access) {
  if (access == Access::kPublic) return;
  const auto caller = services.keys.caller_of(request.header("authorization"));
  if (!caller) throw Failure(401, api::kUnauthorized, "the API key is missing or not valid");
  request.key_id = caller->key_id;
  const std::string& workspace = request.header("x-workspace-id");
  if (access == Access::kKey || workspace.empty() || workspace == services.config.workspace) {
    return;
  }
  throw api::not_found("workspace '" + workspace + "'");
}

// PUT /storage/{upload}/{part}/{token}: the URL alone allows it.
std::unique_ptr<BodySink> open_storage(Services& services, const Request& request,
                                       std::optional<int64_t> content_length) {
  std::string_view rest = std::string_view(request.path).substr(kStorage.size());
  const std::string upload(take_segment(rest));
  const std::string number(take_segment(rest));
  const std::string token(take_segment(rest));
  const bool plain = !number.empty() && number.size() < 7 &&
                     number.find_first_not_of("0123456789") == std::string::npos;
  if (!plain || !rest.empty() || request.method != "PUT") throw api::not_found("this path");
  return services.uploads.open_sink(upload, token, std::stoll(number), content_length.value_or(0));
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

Plan plan_request(Services& services, Request& request, std::optional<int64_t> content_length) {
  Plan plan;
  if (!request.path.starts_with('/')) throw api::bad_request("the request names no path");
  if (request.path.starts_with(kStorage)) {
    plan.label = "/storage/{upload_id}/{part}";
    plan.sink = open_storage(services, request, content_length);
    return plan;
  }
  plan.route = &find_route(request);
  plan.label = plan.route->pattern;
  authorize(services, request, plan.route->access);
  return plan;
}

Response answer(Services& services, const Route& route, const Request& request) {
  try {
    return route.handler(services, request);
  } catch (...) {
    return failure_response();
  }
}

Response failure_response() {
  const Failure failure = api::failure_of_current();
  Response response = json_response(failure.status(), to_json(failure));
  if (failure.retry_after_s()) {
    response.headers.emplace_back("Retry-After", std::to_string(*failure.retry_after_s()));
  }
  return response;
}

}  // namespace hotload::server
