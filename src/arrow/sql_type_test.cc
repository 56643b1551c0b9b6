// SPDX-License-Identifier: Apache-2.0
#include "arrow/sql_type.h"

#include <gtest/gtest.h>

#include "hotload/error.h"

namespace hotload::arrow {
namespace {

std::string type_of(const char* format) {
  ArrowSchema schema{};
  schema.format = format;
  return sql_type(schema);
}

TEST(SqlType, OfSimpleColumns) {
  EXPECT_EQ(type_of("b"), "BOOLEAN");
  EXPECT_EQ(type_of("l"), "BIGINT");
  EXPECT_EQ(type_of("g"), "DOUBLE");
  EXPECT_EQ(type_of("vu"), "VARCHAR");
  EXPECT_EQ(type_of("z"), "BLOB");
  EXPECT_EQ(type_of("w:16"), "BLOB");
  EXPECT_EQ(type_of("tdD"), "DATE");
  EXPECT_EQ(type_of("ttu"), "TIME");
  EXPECT_EQ(type_of("tsu:"), "TIMESTAMP");
  EXPECT_EQ(type_of("tsu:UTC"), "TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(type_of("d:38,9"), "DECIMAL(38,9)");
  EXPECT_EQ(type_of("d:10,2,64"), "DECIMAL(10,2)");
}

TEST(SqlType, OfNestedColumns) {
  ArrowSchema number{};
  number.format = "l";
  number.name = "a \"b\"";
  ArrowSchema* children[] = {&number};
  ArrowSchema list{};
  list.format = "+l";
  list.n_children = 1;
  list.children = children;
  EXPECT_EQ(sql_type(list), "BIGINT[]");
  list.format = "+s";
  EXPECT_EQ(sql_type(list), "STRUCT(\"a \"\"b\"\"\" BIGINT)");
  list.format = "+w:3";
  EXPECT_EQ(sql_type(list), "BIGINT[3]");
}

TEST(SqlType, WhatNoColumnHasIsRefused) { EXPECT_THROW(type_of("+us:0"), Error); }

}  // namespace
}  // namespace hotload::arrow
