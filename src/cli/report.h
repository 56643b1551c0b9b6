// SPDX-License-Identifier: Apache-2.0
// Lines on standard error: notes for people and the one line of a failure.
#pragma once

#include <string>

#include "hotload/error.h"

namespace hotload::cli {

// Errors as JSON from here on ("--json").
void report_as_json();
// "hotload: MESSAGE", or {"error": {"code", "message", "transient"}}. Erases a progress line.
void print_error(ErrorCode code, const std::string& message);
// A line for people; nothing under --json.
void print_note(const std::string& message);

// One line of text: no line breaks, no control characters.
std::string one_line(const std::string& text);

}  // namespace hotload::cli
