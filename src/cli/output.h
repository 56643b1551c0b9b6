// SPDX-License-Identifier: Apache-2.0
// Standard output. A write that fails (a full disk) is an error, never a result cut short.
#pragma once

#include <boost/json.hpp>
#include <string_view>

namespace hotload::cli {

void write_out(std::string_view text);
void write_json_line(const boost::json::value& value);
// Before the program ends: what is still in the buffer.
void flush_out();

}  // namespace hotload::cli
