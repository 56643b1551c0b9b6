// SPDX-License-Identifier: Apache-2.0
#include "arrow/calendar.h"

#include <cstdlib>

namespace hotload::arrow {

namespace {

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

void append_padded(int64_t value, size_t width, std::string& out) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

int64_t floor_div(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

void append_unit(int64_t value, const char* unit, std::string& out) {
  if (value == 0) return;
  if (!out.empty() && out.back() != ' ') out += ' ';
  out += std::to_string(value) + " " + unit + (std::llabs(value) == 1 ? "" : "s");
}

}  // namespace

// A year is counted from March, so that the leap day is its last; an era is 400 years.
void append_date(int64_t days, std::string& out) {
  const int64_t shifted = days + 719'468;
  const int64_t era = floor_div(shifted, 146'097);
  const int64_t day_of_era = shifted - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  if (year < 0) out += '-';
  if (year > 9'999) out += '+';
  append_padded(std::llabs(year), 4, out);
  out += '-';
  append_padded(month, 2, out);
  out += '-';
  append_padded(day, 2, out);
}

void append_time(int64_t units, int64_t per_second, std::string& out) {
  const int64_t seconds = units / per_second;
  append_padded(seconds / 3'600, 2, out);
  out += ':';
  append_padded(seconds / 60 % 60, 2, out);
  out += ':';
  append_padded(seconds % 60, 2, out);
  if (units % per_second == 0) return;
  out += '.';
  append_padded(units % per_second, std::to_string(per_second).size() - 1, out);
  while (out.back() == '0') out.pop_back();
}

void append_timestamp(int64_t units, int64_t per_second, std::string& out) {
  const int64_t days = floor_div(units, kSecondsPerDay * per_second);
  append_date(days, out);
  out += 'T';
  append_time(units - days * kSecondsPerDay * per_second, per_second, out);
}

void append_interval(int32_t months, int32_t days, int64_t nanoseconds, std::string& out) {
  std::string text;
  append_unit(months / 12, "year", text);
  append_unit(months % 12, "month", text);
  append_unit(days, "day", text);
  if (nanoseconds != 0 || text.empty()) {
    if (!text.empty()) text += ' ';
    if (nanoseconds < 0) text += '-';
    append_time(std::llabs(nanoseconds), kNanosPerSecond, text);
  }
  out += text;
}

}  // namespace hotload::arrow
