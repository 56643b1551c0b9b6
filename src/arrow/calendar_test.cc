// SPDX-License-Identifier: Apache-2.0
#include "arrow/calendar.h"

#include <gtest/gtest.h>

namespace hotload::arrow {
namespace {

std::string date(int64_t days) {
  std::string out;
  append_date(days, out);
  return out;
}

std::string timestamp(int64_t units, int64_t per_second) {
  std::string out;
  append_timestamp(units, per_second, out);
  return out;
}

std::string interval(int32_t months, int32_t days, int64_t nanoseconds) {
  std::string out;
  append_interval(months, days, nanoseconds, out);
  return out;
}

TEST(Calendar, DaysAreDatesOverTheEnginesWholeRange) {
  EXPECT_EQ(date(0), "1970-01-01");
  EXPECT_EQ(date(-1), "1969-12-31");
  EXPECT_EQ(date(11'016), "2000-02-29");
  EXPECT_EQ(date(19'782), "2024-02-29");
  EXPECT_EQ(date(-25'508), "1900-03-01");  // 1900 had no leap day
  EXPECT_EQ(date(-719'528), "0000-01-01");
  EXPECT_EQ(date(-719'529), "-0001-12-31");
  EXPECT_EQ(date(2'932'897), "+10000-01-01");
  EXPECT_EQ(date(2'147'483'646), "+5881580-07-10");
}

TEST(Calendar, TimesBeforeTheEpochCountUpToIt) {
  EXPECT_EQ(timestamp(-1, 1'000'000), "1969-12-31T23:59:59.999999");
  EXPECT_EQ(timestamp(-86'400, 1), "1969-12-31T00:00:00");
  EXPECT_EQ(timestamp(1'500, 1'000), "1970-01-01T00:00:01.5");
  EXPECT_EQ(timestamp(1, 1'000'000'000), "1970-01-01T00:00:00.000000001");
}

TEST(Calendar, IntervalsNameTheirPartsAndKeepTheirSigns) {
  EXPECT_EQ(interval(0, 0, 0), "00:00:00");
  EXPECT_EQ(interval(14, 1, 0), "1 year 2 months 1 day");
  EXPECT_EQ(interval(-1, 3, -1'500'000'000), "-1 month 3 days -00:00:01.5");
  EXPECT_EQ(interval(0, 0, 100 * 3'600'000'000'000), "100:00:00");
}

}  // namespace
}  // namespace hotload::arrow
