// SPDX-License-Identifier: Apache-2.0
#include "plain/patience.h"

#include <gtest/gtest.h>

#include <vector>

#include "hotload/error.h"
#include "remote/waits.h"

namespace hotload::plain {
namespace {

using std::chrono::milliseconds;

std::vector<std::string> lines;

TEST(PatienceTest, PausesDoubleAndAWaitThatIsLongIsToldAndEnds) {
  lines.clear();
  remote::tell_waits_to([](const std::string& line) { lines.push_back(line); });
  std::vector<milliseconds> pauses;
  Patience patience("the server's load of table t", milliseconds(100), milliseconds(2000),
                    [&](milliseconds length) { pauses.push_back(length); });
  try {
    while (pauses.size() < 1'000'000) patience.pause();
    FAIL() << "it waits for ever";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kTimeout);
    EXPECT_TRUE(error.transient());
    EXPECT_STREQ(error.what(),
                 "the server's load of table t has not ended in 6 hours; run this again to go on "
                 "waiting");
  }
  remote::tell_waits_to(nullptr);
  milliseconds total{0};
  for (const milliseconds length : pauses) total += length;
  EXPECT_GE(total, std::chrono::hours(6));
  EXPECT_LT(total, std::chrono::hours(6) + milliseconds(2000));
  EXPECT_EQ(pauses[0], milliseconds(100));
  EXPECT_EQ(pauses[3], milliseconds(800));
  EXPECT_EQ(pauses.back(), milliseconds(2000));
  ASSERT_GE(lines.size(), 300);
  EXPECT_LE(lines.size(), 360);
  EXPECT_EQ(lines[0], "waiting for the server's load of table t for 1 min");
}

}  // namespace
}  // namespace hotload::plain
