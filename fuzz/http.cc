// SPDX-License-Identifier: Apache-2.0
// The HTTP front: bytes of a request become a Request as handlers see it, or a refusal.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>

#include "api/errors.h"
#include "server/request.h"

namespace hotload::server {
namespace {

void use(const Request& request) {
  try {
    request.query_integer("limit", 1, 0, 100);
    request.query_boolean("include_columns", false);
    request.json();
  } catch (const api::Failure&) {
    // Refused.
  }
}

void run(const uint8_t* data, size_t size) {
  namespace http = boost::beast::http;
  static const Config kConfig;
  http::request_parser<http::buffer_body> parser;
  parser.header_limit(4096);
  boost::system::error_code failed;
  const size_t read = parser.put(boost::asio::buffer(data, size), failed);
  if (failed || !parser.is_header_done()) return;
  Request request = request_of(parser.get(), kConfig);
  request.body.assign(reinterpret_cast<const char*>(data) + read, size - read);
  use(request);
}

}  // namespace
}  // namespace hotload::server

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hotload::server::run(data, size);
  return 0;
}
