// SPDX-License-Identifier: Apache-2.0
// Requests and answers as the handlers see them, free of sockets.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hotload::server {

// Who waits for an answer. Thread-safe.
class Client {
 public:
  // What is done once it has hung up, on another thread, or at once when it has; nullptr: nothing.
  // Returns when what was set before is not, or no longer, at work.
  void when_gone(std::function<void()> act);
  void leave();

 private:
  std::mutex mutex_;
  std::function<void()> act_;
  bool gone_ = false;
};

struct Request {
  std::string method;
  std::string path;                               // without the query, still encoded
  std::map<std::string, std::string> query;       // decoded
  std::map<std::string, std::string> headers;     // by lower case name
  std::map<std::string, std::string> parameters;  // of the route's pattern, decoded
  std::string body;
  std::filesystem::path body_file;  // of a route whose bodies are files, in place of `body`
  std::string base_url;             // by which this client reaches the server: "http://host:port"
  std::string key_id;               // who asks
  bool in_workspace = true;         // whether the key is for this workspace
  bool may_write = false;
  std::shared_ptr<Client> client = std::make_shared<Client>();

  // Empty when it is not there.
  const std::string& header(const std::string& name) const;
  const std::string& parameter(const std::string& name) const { return parameters.at(name); }
  std::optional<std::string> query_text(const std::string& name) const;
  // Throws a Failure of 400 for what is no number of the range.
  int64_t query_integer(const std::string& name, int64_t fallback, int64_t least,
                        int64_t most) const;
  bool query_boolean(const std::string& name, bool fallback) const;
  // The body as JSON; an empty body is {}. Throws a Failure of 400.
  boost::json::value json() const;
};

// Appends the next part of a body; false after the last.
using BodySource = std::function<bool(std::string&)>;

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  BodySource source;  // set: sent in chunks instead of `body`
};

Response json_response(int status, const boost::json::value& body);
Response empty_response(int status);

// Takes the body of one PUT in order. finish() or nothing: one that is destroyed before it has
// failed.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual void write(const void* bytes, size_t size) = 0;
  virtual Response finish() = 0;
};

// Which of `types` an Accept header wants most, by its q-values and wildcards; of those that are
// wanted alike, what it names exactly and first. The first of all without the header; none when it
// wants none of them.
std::optional<size_t> wanted_type(std::string_view accept, std::span<const char* const> types);

std::string percent_decoded(std::string_view text, bool plus_is_space);

}  // namespace hotload::server
