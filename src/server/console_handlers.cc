// SPDX-License-Identifier: Apache-2.0
// The console: three files that are part of the program. They hold no data; what they show they ask
// of the API with the key of the person who looks.
#include <span>
#include <string_view>

#include "server/handlers.h"

namespace hotload::server {

// In the order in which CMakeLists.txt names the files.
extern const std::span<const std::string_view> kConsoleTexts;

namespace {

enum ConsoleFile { kPage, kStyle, kScript };

// Nothing from elsewhere, nothing inline, in no frame: what is loaded as data stays data.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Response file_response(ConsoleFile file, const char* type) {
  Response response;
  response.content_type = type;
  response.headers = {{"Content-Security-Policy", kPolicy},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cache-Control", "no-cache"}};
  response.body = kConsoleTexts[file];
  return response;
}

}  // namespace

Response console_page(Services&, const Request&) {
  return file_response(kPage, "text/html; charset=utf-8");
}

Response console_style(Services&, const Request&) {
  return file_response(kStyle, "text/css; charset=utf-8");
}

Response console_script(Services&, const Request&) {
  return file_response(kScript, "text/javascript; charset=utf-8");
}

}  // namespace hotload::server
