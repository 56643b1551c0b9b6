// SPDX-License-Identifier: Apache-2.0
#include "remote/client.h"

#include <array>
#include <cstdio>
#include <random>

#include "api/errors.h"
#include "api/packages.h"
#include "arrow/ipc.h"
#include "model/json_reader.h"
#include "remote/waits.h"

namespace hotload::remote {

namespace {

constexpr size_t kMaxJsonBytes = size_t{256} << 20;
constexpr int kRefusedStatus = 429;  // what a stream that was refused means

double chance() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

std::optional<int64_t> seconds_of(const std::string& text) {
  const bool number =
      !text.empty() && text.size() < 7 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!number) return {};
  return std::stoll(text);
}

int64_t milliseconds_since(std::chrono::steady_clock::time_point begun) {
  using std::chrono::milliseconds;
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun).count();
}

// A key is for the server that was named, so that no call follows where another points.
Error redirected(int status, const std::string& location) {
  return {ErrorCode::kInvalidArgument,
          "the server answers " + std::to_string(status) + " and points to " +
              (location.empty() ? "nowhere" : location) +
              "; calls go to the named server alone: name that one if it is the right one"};
}

// What is waited for, for people.
std::string wait_line(const std::string& url, const Error& failed, const Attempt& attempt,
                      int max_attempts, int64_t wait_ms) {
  std::array<char, 80> rest;
  std::snprintf(rest.data(), rest.size(), "; attempt %d of %d, the next in %.1f s", attempt.number,
                max_attempts, static_cast<double>(wait_ms) / 1000);
  return "waiting for " + url + ": " + failed.what() + rest.data();
}

}  // namespace

HttpRequest Client::request_of(const Call& call) const {
  HttpRequest request;
  request.once = !call.repeatable && call.method == "POST";
  request.method = call.method;
  request.url = options_.base_url + call.path;
  char sign = '?';
  for (const auto& [name, value] : call.query) {
    request.url += sign + name + "=" + url_encoded(value);
    sign = '&';
  }
  if (!options_.api_key.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + options_.api_key);
  }
  if (!options_.workspace_id.empty()) {
    request.headers.emplace_back("X-Workspace-Id", options_.workspace_id);
  }
  const std::string accept = call.accept.empty()
                                 ? std::string("application/json, ") + api::kArrowType + ";q=0.9"
                                 : call.accept;
  request.headers.emplace_back("Accept", accept);
  request.headers.insert(request.headers.end(), call.headers.begin(), call.headers.end());
  if (call.open_body) {
    request.open_body = call.open_body;
    request.body_bytes = call.body_bytes;
    request.headers.emplace_back("Content-Type", "application/octet-stream");
  } else if (call.method != "GET" && call.method != "DELETE") {
    request.body = call.body ? boost::json::serialize(*call.body) : "{}";
    request.headers.emplace_back("Content-Type", "application/json");
  }
  return request;
}

std::unique_ptr<HttpAnswer> Client::send(const Call& call) {
  return attempt(request_of(call), call.repeatable, policy_of(call));
}

RetryPolicy Client::policy_of(const Call& call) const {
  RetryPolicy policy = options_.retry;
  if (!call.insists) policy.max_attempts = 1;
  return policy;
}

std::unique_ptr<HttpAnswer> Client::put(const std::string& url, const Headers& headers,
                                        std::function<BodyReader()> open_body, int64_t body_bytes) {
  HttpRequest request;
  request.method = "PUT";
  request.url = url;
  request.headers = headers;
  request.open_body = std::move(open_body);
  request.body_bytes = body_bytes;
  return attempt(request, true, options_.retry);
}

std::unique_ptr<HttpAnswer> Client::attempt(const HttpRequest& request, bool repeatable,
                                            const RetryPolicy& policy, std::string* body) {
  int64_t left_ms = options_.budget_ms;
  Attempt attempt{request.method, 0, "", 1, {}, repeatable};
  for (;; ++attempt.number) {
    const auto begun = std::chrono::steady_clock::now();
    std::optional<Error> failed;
    try {
      std::unique_ptr<HttpAnswer> answer = http_.send(request);
      if (answer->status() < 300) {
        if (body != nullptr) *body = answer->read_all(kMaxJsonBytes);
        return answer;
      }
      const std::string refusal = answer->read_all(kMaxErrorBytes);
      attempt.status = answer->status();
      attempt.code = api::code_of_body(refusal);
      attempt.retry_after_s = seconds_of(answer->header("retry-after"));
      failed = attempt.status < 400 ? redirected(attempt.status, answer->header("location"))
                                    : api::error_of(attempt.status, refusal);
    } catch (const Error& error) {
      // What is wrong with the URL, the certificate or the body stays wrong.
      const bool refused = error.code() == ErrorCode::kExhausted;
      const bool broken =
          error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kTimeout;
      if (!refused && !broken) throw;
      attempt.status = refused ? kRefusedStatus : 0;
      attempt.code.clear();
      attempt.retry_after_s.reset();
      failed = error;
    }
    if (!request.open_body) left_ms -= milliseconds_since(begun);
    const auto wait = wait_before_next(policy, attempt, chance());
    if (!wait || *wait > left_ms) throw *failed;
    left_ms -= *wait;
    if (*wait >= kTellFromMs) {
      const std::string& place = options_.location.empty() ? options_.base_url : options_.location;
      tell_wait(wait_line(place, *failed, attempt, policy.max_attempts, *wait));
    }
    options_.sleep(std::chrono::milliseconds(*wait));
  }
}

boost::json::value Client::call(const Call& call) {
  std::string body;
  attempt(request_of(call), call.repeatable, policy_of(call), &body);
  if (body.empty()) return nullptr;
  try {
    return model::parse_json(body);
  } catch (const Error& error) {
    throw Error(error.code(), "what answers at " + options_.base_url + call.path +
                                  " is no server of this API: " + error.what());
  }
}

ArrowStream rows_of(std::unique_ptr<HttpAnswer> answer, std::shared_ptr<void> owner) {
  struct Kept {
    std::shared_ptr<void> owner;
    std::unique_ptr<HttpAnswer> answer;  // given back first
  };
  const auto kept = std::make_shared<Kept>(Kept{std::move(owner), std::move(answer)});
  return arrow::read_ipc([kept](uint8_t* out, int64_t size) {
    return static_cast<int64_t>(
        kept->answer->read(reinterpret_cast<char*>(out), static_cast<size_t>(size)));
  });
}

}  // namespace hotload::remote
