// SPDX-License-Identifier: Apache-2.0
#include "cli/text_table.h"

#include <gtest/gtest.h>

#include <clocale>
#include <limits>

#include "cli/output.h"

namespace hotload::cli {
namespace {

class TextTableTest : public testing::Test {
 protected:
  void SetUp() override { std::setlocale(LC_CTYPE, "C.UTF-8"); }

  static std::string printed(TextTable& table, size_t max_width) {
    testing::internal::CaptureStdout();
    table.print(max_width);
    flush_out();
    return testing::internal::GetCapturedStdout();
  }
};

TEST_F(TextTableTest, TheWidestColumnIsCutToTheLine) {
  TextTable table({{"id", true}, {"text"}});
  table.add({"1", std::string(50, 'x')});
  EXPECT_EQ(printed(table, 20),
            "id  text\n"
            "--  ----------------\n"
            " 1  xxxxxxxxxxxxxxx…\n");
}

TEST_F(TextTableTest, LaterRowsKeepTheWidthsOfTheHeader) {
  TextTable table({{"a"}, {"b"}});
  table.add({"12", "x"});
  EXPECT_EQ(printed(table, 0), "a   b\n--  -\n12  x\n");
  table.add({"12345", "y"});
  EXPECT_EQ(printed(table, 0), "1…  y\n");
}

TEST_F(TextTableTest, WideAndCombiningCharactersTakeTheirPlaces) {
  EXPECT_EQ(display_width("東京"), 4u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("\xff\xfe"), 2u);  // broken UTF-8
}

TEST_F(TextTableTest, ControlCharactersDoNotReachTheTerminal) {
  TextTable table({{"a"}});
  table.add({"x\n\t\x1b[31m"});
  EXPECT_EQ(printed(table, 0), "a\n----------\nx\\n\\t?[31m\n");
}

TEST(Numbers, AreGroupedAndBytesHaveUnits) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(-1'000), "-1,000");
  EXPECT_EQ(with_commas(-100), "-100");
  EXPECT_EQ(with_commas(336'776), "336,776");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1'000), "1.0 kB");
  EXPECT_EQ(human_bytes(999'999), "1.0 MB");
  EXPECT_EQ(human_bytes(std::numeric_limits<int64_t>::max()), "9223.4 PB");
}

}  // namespace
}  // namespace hotload::cli
