// SPDX-License-Identifier: Apache-2.0
// Translates what the engine reports into hotload's one error. The only place that reads the
// engine's texts.
#pragma once

#include <string>
#include <string_view>

#include "duckdb.h"
#include "hotload/error.h"

namespace hotload::engine {

// The code for an engine error: by its kind, and by its text where the kind says too little.
ErrorCode classify(duckdb_error_type type, std::string_view message);
// The message as a user may read it: first paragraph, no "IO Error: " prefixes of the engine, no
// statement excerpts ("LINE 1: ...").
std::string clean_message(std::string_view message);

// Both together, and what to do where the lake itself is damaged.
Error translate(duckdb_error_type type, std::string_view message);
[[noreturn]] void throw_error(duckdb_error_type type, std::string_view message);

}  // namespace hotload::engine
