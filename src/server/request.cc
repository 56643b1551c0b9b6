// SPDX-License-Identifier: Apache-2.0
#include "server/request.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "model/identifier.h"

namespace hotload::server {

namespace http = boost::beast::http;

namespace {

std::string unquoted(std::string_view text) {
  constexpr std::string_view kAround = " \t\"";
  const size_t begin = text.find_first_not_of(kAround);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kAround) + 1 - begin));
}

// What lies before the first `end` that is not in quotes.
std::string_view until(std::string_view text, char end) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted && text[i] == '\\') ++i;
    if (!quoted && i < text.size() && text[i] == end) return text.substr(0, i);
  }
  return text;
}

// What the proxy next to the client says, of a list with one item for each proxy.
std::string_view first_hop(std::string_view list) { return until(list, ','); }

// The field `name` ("proto", "host") of "Forwarded".
std::string forwarded_field(std::string_view header, std::string_view name) {
  std::string_view rest = first_hop(header);
  while (!rest.empty()) {
    const std::string_view field = until(rest, ';');
    rest.remove_prefix(std::min(rest.size(), field.size() + 1));
    const size_t equals = field.find('=');
    if (equals != std::string_view::npos &&
        model::fold_case(unquoted(field.substr(0, equals))) == name) {
      return unquoted(field.substr(equals + 1));
    }
  }
  return "";
}

std::string base_url(const Request& request, const Config& config) {
  if (!config.public_url.empty()) return config.public_url;
  std::string scheme = forwarded_field(request.header("forwarded"), "proto");
  std::string host = forwarded_field(request.header("forwarded"), "host");
  if (scheme.empty()) scheme = unquoted(first_hop(request.header("x-forwarded-proto")));
  if (host.empty()) host = unquoted(first_hop(request.header("x-forwarded-host")));
  if (host.empty()) host = request.header("host");
  const bool secure =
      scheme.empty() ? !config.tls_certificate.empty() : model::fold_case(scheme) == "https";
  return (secure ? "https://" : "http://") + host;
}

}  // namespace

std::string fault_of(const Head& head) {
  if (head.version() >= 11 && head.count(http::field::host) != 1) return "it needs one Host";
  // What a proxy in between takes for the body's end must be what we take for it.
  const auto encodings = head.count(http::field::transfer_encoding);
  const std::string encoding = model::fold_case(std::string(head[http::field::transfer_encoding]));
  if (encodings > 0 && encoding != "chunked") return "the one Transfer-Encoding is chunked";
  return "";
}

Request request_of(const Head& head, const Config& config) {
  Request request;
  request.method = std::string(head.method_string());
  const std::string_view target(head.target().data(), head.target().size());
  const size_t mark = target.find('?');
  request.path = std::string(target.substr(0, mark));
  std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view field = rest.substr(0, end);
    const size_t is = std::min(field.find('='), field.size());
    request.query[percent_decoded(field.substr(0, is), true)] =
        percent_decoded(field.substr(std::min(is + 1, field.size())), true);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const auto& field : head) {
    request.headers[model::fold_case({field.name_string().data(), field.name_string().size()})] =
        std::string(field.value());
  }
  request.base_url = base_url(request, config);
  return request;
}

}  // namespace hotload::server
