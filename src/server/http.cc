// SPDX-License-Identifier: Apache-2.0
#include "server/http.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "api/errors.h"
#include "model/identifier.h"
#include "model/json_reader.h"

namespace hotload::server {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// Takes what lies before the next `separator`, without the space around it.
std::string_view take_part(std::string_view& list, char separator) {
  const std::string_view part = list.substr(0, list.find(separator));
  list.remove_prefix(std::min(list.size(), part.size() + 1));
  return trimmed(part);
}

struct MediaRange {
  std::string type;  // "text/csv", "text/*", "*/*"
  double quality = 1;
};

MediaRange take_media_range(std::string_view& accept) {
  std::string_view rest = take_part(accept, ',');
  MediaRange range{model::fold_case(take_part(rest, ';'))};
  while (!rest.empty()) {
    std::string_view value = take_part(rest, ';');
    if (model::fold_case(take_part(value, '=')) != "q") continue;
    value = trimmed(value);
    double quality = 0;  // what is no number wants nothing
    std::from_chars(value.data(), value.data() + value.size(), quality);
    range.quality = std::clamp(quality, 0.0, 1.0);
  }
  return range;
}

// How exactly a range means a type; 0: not at all.
int closeness(const std::string& range, std::string_view type) {
  if (range == type) return 3;
  if (range == "*/*") return 1;
  return range.ends_with("/*") && type.starts_with(range.substr(0, range.size() - 1)) ? 2 : 0;
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

std::optional<size_t> wanted_type(std::string_view accept, std::span<const char* const> types) {
  if (trimmed(accept).empty()) return 0;
  struct Wanted {
    int closeness = 0;
    double quality = 0;
    int place = 0;
  };
  std::vector<Wanted> all(types.size());
  for (int place = 0; !accept.empty(); --place) {
    const MediaRange range = take_media_range(accept);
    // The closest range says how much a type is wanted.
    for (size_t i = 0; i < types.size(); ++i) {
      const Wanted wanted{closeness(range.type, types[i]), range.quality, place};
      if (wanted.closeness > all[i].closeness) all[i] = wanted;
    }
  }
  const auto best = std::max_element(all.begin(), all.end(), [](const Wanted& a, const Wanted& b) {
    return std::tie(a.quality, a.closeness, a.place) < std::tie(b.quality, b.closeness, b.place);
  });
  if (best->quality == 0) return {};
  return static_cast<size_t>(best - all.begin());
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
