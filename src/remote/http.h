// SPDX-License-Identifier: Apache-2.0
// HTTP requests one at a time, their bodies and answers streamed in bounded memory, over
// connections that are kept: HTTP/2 where the server offers it, HTTP/1.1 else. The only folder that
// includes curl.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hotload::remote {

// The most that is read of the answer to a call that failed.
inline constexpr size_t kMaxErrorBytes = size_t{1} << 20;

// Fills up to `size` bytes and says how many, 0 at the end. Throws to end the request.
using BodyReader = std::function<size_t(char* out, size_t size)>;

// A request signed as Amazon's stores want it (version 4).
struct AwsSignature {
  std::string region;
  std::string service;
  std::string access_key;
  std::string secret_key;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // In place of `body`: opens it at its beginning, for each attempt anew.
  std::function<BodyReader()> open_body;
  std::optional<int64_t> body_bytes;  // of open_body; none: not known
  std::optional<AwsSignature> signature;
  bool decode = true;  // whether a compressed answer is given decompressed
  // On a connection of its own. On a kept one that turns out to be closed curl sends a request
  // again, although the server may have done it. A stream that a server refuses is sent again all
  // the same: it says thereby that it has done nothing.
  bool once = false;
};

struct HttpOptions {
  int64_t connect_timeout_ms = 10'000;
  int64_t timeout_ms = 0;  // of a request with its answer; 0: none
  // How long nothing may come or go: before the answer this is the time for the server's work. A
  // dead peer is found out earlier, by TCP's own probes.
  int64_t silence_timeout_ms = 0;  // in whole seconds; 0: none
  // In place of what the URL names: a socket of this machine, and what keeps its path good.
  std::string socket_path;
  std::shared_ptr<const void> socket_owner;
  std::string peer = "the server";  // as errors call it
  std::string advice;               // what they say at their end, when the peer is gone
};

class Line;

// An answer whose body is still to be read. One thread at a time. What is not read to its end takes
// its connection (HTTP/2: its stream) along.
class HttpAnswer {
 public:
  ~HttpAnswer();
  HttpAnswer(const HttpAnswer&) = delete;
  HttpAnswer& operator=(const HttpAnswer&) = delete;

  int status() const;
  const std::string& header(const std::string& lower_name) const;  // empty when it is not there
  // Fills up to `size` bytes and says how many, 0 at the end. Throws kUnavailable when the
  // connection breaks before.
  size_t read(char* out, size_t size);
  // All that is left; throws kUnsupported beyond `limit`.
  std::string read_all(size_t limit);

 private:
  friend class Http;
  explicit HttpAnswer(std::unique_ptr<Line> line, class Http& http);

  class Http& http_;
  std::unique_ptr<Line> line_;
};

// Thread-safe. Must outlive its answers.
class Http {
 public:
  explicit Http(const HttpOptions& options);
  ~Http();

  // Returns when the header of the answer is there. Throws kUnavailable when none comes,
  // kExhausted when the server refuses what goes `once` and has not done it, kTimeout, kPermission
  // for a certificate that does not hold, kInvalidArgument for a bad URL, and what the body throws.
  std::unique_ptr<HttpAnswer> send(const HttpRequest& request);

 private:
  friend class HttpAnswer;
  std::unique_ptr<Line> take_line();
  void give_line(std::unique_ptr<Line> line);

  const HttpOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Line>> idle_;
};

std::string url_encoded(const std::string& text);

}  // namespace hotload::remote
