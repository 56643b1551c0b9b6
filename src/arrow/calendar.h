// SPDX-License-Identifier: Apache-2.0
// Days, times of day, instants and intervals as ISO 8601 text, over the engine's whole range of
// years, which is wider than the standard library's.
#pragma once

#include <cstdint>
#include <string>

namespace hotload::arrow {

// Days since 1970-01-01: "2026-01-31". Years beyond four digits carry a sign.
void append_date(int64_t days, std::string& out);
// Since midnight, in units of 1/per_second: "12:00:00.123456"; zeros at the end of the fraction go.
void append_time(int64_t units, int64_t per_second, std::string& out);
// Since 1970-01-01T00:00:00: "2026-01-31T12:00:00.123456".
void append_timestamp(int64_t units, int64_t per_second, std::string& out);
// "1 year 2 months 3 days 04:05:06.5"
void append_interval(int32_t months, int32_t days, int64_t nanoseconds, std::string& out);

}  // namespace hotload::arrow
