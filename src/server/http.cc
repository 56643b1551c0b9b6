// SPDX-License-Identifier: Apache-2.0
#include "server/http.h"

#include <charconv>

#include "api/errors.h"
#include "model/json_reader.h"

namespace hotload::server {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void Client::when_gone(std::function<void()> act) {
  std::lock_guard lock(mutex_);
  act_ = std::move(act);
  if (gone_ && act_) act_();
}

void Client::leave() {
  std::lock_guard lock(mutex_);
  gone_ = true;
  if (act_) act_();
}

const std::string& Request::header(const std::string& name) const {
  static const std::string none;
  const auto found = headers.find(name);
  return found == headers.end() ? none : found->second;
}

std::optional<std::string> Request::query_text(const std::string& name) const {
  const auto found = query.find(name);
  if (found == query.end() || found->second.empty()) return {};
  return found->second;
}

int64_t Request::query_integer(const std::string& name, int64_t fallback, int64_t least,
                               int64_t most) const {
  const auto text = query_text(name);
  if (!text) return fallback;
  int64_t number = 0;
  const char* end = text->data() + text->size();
  const auto [at, failed] = std::from_chars(text->data(), end, number);
  if (failed != std::errc() || at != end || number < least) {
    throw api::bad_request("query parameter '" + name + "' is an integer from " +
                           std::to_string(least));
  }
  return std::min(number, most);
}

bool Request::query_boolean(const std::string& name, bool fallback) const {
  const auto text = query_text(name);
  if (!text) return fallback;
  if (*text == "true" || *text == "1") return true;
  if (*text == "false" || *text == "0") return false;
  throw api::bad_request("query parameter '" + name + "' is true or false");
}

boost::json::value Request::json() const {
  if (body.empty()) return boost::json::object();
  try {
    return model::parse_json(body);
  } catch (const Error& error) {
    throw api::bad_request(std::string("the body is not JSON: ") + error.what());
  }
}

Response json_response(int status, const boost::json::value& body) {
  Response response;
  response.status = status;
  response.body = boost::json::serialize(body);
  return response;
}

Response empty_response(int status) {
  Response response;
  response.status = status;
  response.content_type.clear();
  return response;
}

std::string percent_decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                         hex_digit(text[i + 2]) >= 0;
    if (escaped) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace hotload::server
