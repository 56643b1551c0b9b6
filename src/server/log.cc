// SPDX-License-Identifier: Apache-2.0
#include "server/log.h"

namespace hotload::server {

static LogSink log_sink = nullptr;

void log_to(LogSink sink) { log_sink = sink; }

bool is_logging() { return log_sink != nullptr; }

void log(LogLevel level, const std::string& text) {
  if (log_sink != nullptr) log_sink(level, text);
}

}  // namespace hotload::server
