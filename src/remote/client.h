// SPDX-License-Identifier: Apache-2.0
// Calls of a server's API: who asks, JSON both ways, attempts until one counts, errors as Error.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "hotload/arrow.h"
#include "remote/http.h"
#include "remote/retry.h"

namespace hotload::remote {

struct ClientOptions {
  std::string base_url;  // "https://host:port", without a slash at its end
  std::string api_key;
  std::string workspace_id;  // empty: the one of the key
  std::string location;      // as users know it; empty: the base URL
  RetryPolicy retry;
  int64_t budget_ms = 10 * 60'000;  // of one call with its attempts and waits, but for bodies
  int64_t parallel = 4;             // see ServerOptions
  HttpOptions http;
  std::function<void(std::chrono::milliseconds)> sleep = [](std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
  };
};

using Query = std::vector<std::pair<std::string, std::string>>;
using Headers = std::vector<std::pair<std::string, std::string>>;

struct Call {
  std::string method = "GET";
  std::string path;
  Query query = {};
  std::optional<boost::json::value> body = {};
  bool repeatable = true;                      // see Attempt
  bool insists = true;                         // false: one attempt, whatever comes of it
  std::function<BodyReader()> open_body = {};  // in place of `body`
  std::optional<int64_t> body_bytes = {};
  Headers headers = {};     // besides those of every call
  std::string accept = {};  // empty: JSON, and Arrow where there is no JSON
};

// Thread-safe.
class Client {
 public:
  explicit Client(const ClientOptions& options) : options_(options), http_(options.http) {}

  const ClientOptions& options() const { return options_; }
  // The answer's JSON; null for an empty one.
  boost::json::value call(const Call& call);
  // An answer that is a success, its body still to be read.
  std::unique_ptr<HttpAnswer> send(const Call& call);
  // Bytes to a URL that the server has named, which alone allows it: no key goes there.
  std::unique_ptr<HttpAnswer> put(const std::string& url, const Headers& headers,
                                  std::function<BodyReader()> open_body, int64_t body_bytes);

 private:
  // With `body` given, an answer counts when all of it has been read into that.
  RetryPolicy policy_of(const Call& call) const;
  std::unique_ptr<HttpAnswer> attempt(const HttpRequest& request, bool repeatable,
                                      const RetryPolicy& policy, std::string* body = nullptr);
  HttpRequest request_of(const Call& call) const;

  const ClientOptions options_;
  Http http_;
};

// The rows of an answer that is an Arrow IPC stream. The stream keeps `owner`, which owns the
// client.
ArrowStream rows_of(std::unique_ptr<HttpAnswer> answer, std::shared_ptr<void> owner);

}  // namespace hotload::remote
