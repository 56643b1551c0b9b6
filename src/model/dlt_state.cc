// SPDX-License-Identifier: Apache-2.0
#include "model/dlt_state.h"

#include <array>
#include <boost/beast/zlib/inflate_stream.hpp>
#include <regex>

#include "hotload/error.h"
#include "model/json_reader.h"

namespace hotload::model {

namespace {

[[noreturn]] void unknown_form() {
  throw Error(ErrorCode::kUnsupported,
              "the pipeline's state is stored in a form that this version does not know");
}

int digit_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  unknown_form();
}

std::string from_base64(const std::string& text) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = (bits << 6) | static_cast<uint32_t>(digit_of(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>((bits >> count) & 0xFF));
  }
  return bytes;
}

// A zlib stream: two bytes of header, deflated data, a checksum.
std::string inflate(const std::string& bytes) {
  namespace zlib = boost::beast::zlib;
  if (bytes.size() < 6) unknown_form();
  zlib::inflate_stream stream;
  zlib::z_params params;
  params.next_in = bytes.data() + 2;
  params.avail_in = bytes.size() - 6;
  std::string text;
  std::array<char, 16384> chunk{};
  boost::beast::error_code error;
  // The end of the stream is not always told; a text that ends early is no JSON.
  do {
    params.next_out = chunk.data();
    params.avail_out = chunk.size();
    stream.write(params, zlib::Flush::sync, error);
    const bool ended = error == zlib::error::end_of_stream || error == zlib::error::need_buffers;
    if (error && !ended) unknown_form();
    text.append(chunk.data(), chunk.size() - params.avail_out);
  } while (!error && params.avail_out == 0);
  return text;
}

boost::json::object parse_state(const std::string& json) {
  boost::json::value value = parse_json(json);
  if (!value.is_object()) unknown_form();
  return std::move(value.as_object());
}

}  // namespace

std::string dlt_state_json(const std::string& stored) {
  std::string json = stored.starts_with("{") ? stored : inflate(from_base64(stored));
  parse_state(json);
  return json;
}

// The text is changed where the number stands: sources may keep numbers larger than a parser's.
std::string dlt_state_with_version(const std::string& json, int64_t version) {
  static const std::regex pattern("(\"_state_version\"\\s*:\\s*)[0-9]+");
  std::string changed = std::regex_replace(json, pattern, "$01" + std::to_string(version),
                                           std::regex_constants::format_first_only);
  const boost::json::object state = parse_state(changed);
  const boost::json::value* found = state.if_contains("_state_version");
  if (found == nullptr || *found != version) unknown_form();
  return changed;
}

std::string dlt_state_without_sources(const std::string& json, const std::string& hash) {
  boost::json::object state = parse_state(json);
  state["sources"] = boost::json::object();
  state["_version_hash"] = hash;
  return boost::json::serialize(state);
}

}  // namespace hotload::model
