// SPDX-License-Identifier: Apache-2.0
#include "arrow/type_name.h"

#include <gtest/gtest.h>

namespace hotload::arrow {
namespace {

TEST(TypeName, IsWhatClientsRead) {
  EXPECT_EQ(type_name("BIGINT"), "int64");
  EXPECT_EQ(type_name("VARCHAR"), "Utf8");
  EXPECT_EQ(type_name("UUID"), "Utf8");
  EXPECT_EQ(type_name("FLOAT"), "float32");
  EXPECT_EQ(type_name("DATE"), "date32");
  EXPECT_EQ(type_name("TIME"), "time64");
  EXPECT_EQ(type_name("TIMESTAMP"), "timestamp[us]");
  EXPECT_EQ(type_name("TIMESTAMP WITH TIME ZONE"), "timestamp[us, tz=UTC]");
  EXPECT_EQ(type_name("DECIMAL(38,9)"), "decimal128(38, 9)");
  EXPECT_EQ(type_name("BLOB"), "binary");
  EXPECT_EQ(type_name("DECIMAL(4,1)[][]"), "list<item: list<item: decimal128(4, 1)>>");
  EXPECT_EQ(type_name("STRUCT(a BIGINT, b VARCHAR[])"), "struct<a: int64, b: list<item: Utf8>>");
  EXPECT_EQ(type_name("MAP(VARCHAR, DOUBLE)"), "map<Utf8, float64>");
}

}  // namespace
}  // namespace hotload::arrow
