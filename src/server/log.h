// SPDX-License-Identifier: Apache-2.0
// What the server has to tell whoever runs it. It goes nowhere until a program has said where: the
// server is also a part of programs that have logs of their own.
#pragma once

#include <string>

namespace hotload::server {

enum class LogLevel { kInfo, kWarning, kError };

using LogSink = void (*)(LogLevel level, const std::string& text);
void log_to(LogSink sink);
bool is_logging();
void log(LogLevel level, const std::string& text);

}  // namespace hotload::server
