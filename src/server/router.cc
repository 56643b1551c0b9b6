// SPDX-License-Identifier: Apache-2.0
#include "server/router.h"

#include "api/errors.h"
#include "server/failures.h"

namespace hotload::server {

using api::Failure;

namespace {

constexpr std::string_view kStorage = "/storage/";

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

struct MethodNotAllowed : Failure {
  MethodNotAllowed(const std::string& message, std::string others)
      : Failure(405, "METHOD_NOT_ALLOWED", message), allowed(std::move(others)) {}
  std::string allowed;
};

// Of the current exception; empty for all but a MethodNotAllowed.
std::string allowed_of_current() {
  try {
    throw;
  } catch (const MethodNotAllowed& refused) {
    return refused.allowed;
  } catch (...) {
    return "";
  }
}

const Route& find_route(const Config& config, Request& request) {
  std::string others;
  const std::string_view path = std::string_view(request.path).substr(1);
  for (const Route& route : routes(config)) {
    if (!matches(std::string_view(route.pattern).substr(1), path, request.parameters)) continue;
    if (request.method == route.method) return route;
    others += (others.empty() ? "" : ", ") + std::string(route.method);
  }
  if (!others.empty()) {
    throw MethodNotAllowed(request.method + " is not for " + request.path, std::move(others));
  }
  throw api::not_found("path " + request.path);
}

// Of the user's own processes: the socket has let nobody else in.
void authorize_local(const Config& config, Request& request, Access access) {
  request.key_id = "local";
  request.may_write = config.reads_alone.empty();
  if (access == Access::kWrite && !request.may_write) throw api::reads_alone(config.reads_alone);
}

void authorize(Services& services, Request& request, Access access) {
  if (services.config.local) return authorize_local(services.config, request, access);
  if (access == Access::kPublic) return;
  const auto caller = services.keys.caller_of(request.header("authorization"));
  if (!caller) throw Failure(401, api::kUnauthorized, "the API key is missing or not valid");
  request.key_id = caller->key_id;
  request.in_workspace = caller->in_workspace;
  request.may_write = caller->may_write;
  if (access == Access::kKey) return;
  const std::string& workspace = request.header("x-workspace-id");
  if (!workspace.empty() && workspace != services.config.workspace) {
    throw api::not_found("workspace '" + workspace + "'");
  }
  if (!caller->in_workspace) {
    throw Failure(403, api::kForbidden, "this key is not for this workspace");
  }
  if (access == Access::kWrite && !caller->may_write) {
    throw Failure(403, api::kForbidden, "this key may only read");
  }
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

Failure too_large(const Services& services) {
  return {413, "BODY_TOO_LARGE",
          "a file has at most " + std::to_string(services.config.max_upload_bytes) + " bytes"};
}

// Keeps a body in a file of nobody's until the handler has looked at it.
class FileSink : public BodySink {
 public:
  FileSink(Services& services, const Route& route, const Request& request)
      : services_(services),
        route_(route),
        request_(request),
        path_(services.loader.scratch_path()),
        file_(path_) {
    request_.body_file = path_;
  }
  ~FileSink() override { remove_quietly(path_); }

  void write(const void* bytes, size_t size) override {
    if (file_.size() + static_cast<int64_t>(size) > services_.config.max_upload_bytes) {
      throw too_large(services_);
    }
    file_.write(bytes, size);
  }
  Response finish() override { return answer(services_, route_, request_); }

 private:
  Services& services_;
  const Route& route_;
  Request request_;
  const std::filesystem::path path_;
  FileWriter file_;
};

}  // namespace

bool has_plain_errors(std::string_view path) { return path.starts_with("/v1/workspaces"); }

Plan plan_request(Services& services, Request& request, std::optional<int64_t> content_length) {
  Plan plan;
  if (!request.path.starts_with('/')) throw api::bad_request("the request names no path");
  if (request.path.starts_with(kStorage) && !services.config.local) {
    plan.label = "/storage/{upload_id}/{part}";
    plan.sink = open_storage(services, request, content_length);
    return plan;
  }
  plan.route = &find_route(services.config, request);
  plan.label = plan.route->pattern;
  authorize(services, request, plan.route->access);
  if (plan.route->body_in_file) {
    if (content_length.value_or(0) > services.config.max_upload_bytes) throw too_large(services);
    plan.sink = std::make_unique<FileSink>(services, *plan.route, request);
  }
  return plan;
}

Response answer(Services& services, const Route& route, const Request& request) {
  try {
    if (route.handler == nullptr) throw Failure(501, api::kNotImplemented, route.reason);
    return route.handler(services, request);
  } catch (...) {
    return failure_response(services.config, request);
  }
}

Response failure_response(const Config& config, const Request& request) {
  const Failure failure = client_failure(config);
  boost::json::object body = to_json(failure);
  if (config.plain) body.at("error").as_object().erase("reason");
  if (has_plain_errors(request.path)) body["error"] = failure.what();
  Response response = json_response(failure.status(), std::move(body));
  if (failure.retry_after_s()) {
    response.headers.emplace_back("Retry-After", std::to_string(*failure.retry_after_s()));
  }
  const std::string allowed = allowed_of_current();
  if (!allowed.empty()) response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace hotload::server
