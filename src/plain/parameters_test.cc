// SPDX-License-Identifier: Apache-2.0
#include "plain/parameters.h"

#include <gtest/gtest.h>

#include "hotload/error.h"

namespace hotload::plain {
namespace {

TEST(Parameters, BecomeLiterals) {
  EXPECT_EQ(with_values("SELECT $2, $1", {std::string("it's"), int64_t{-5}}),
            "SELECT CAST('-5' AS BIGINT), 'it''s'");
  EXPECT_EQ(with_values("SELECT ?, ?", {std::monostate(), true}), "SELECT NULL, true");
  EXPECT_EQ(with_values("SELECT $1", {0.1}), "SELECT CAST('0.1' AS DOUBLE)");
}

TEST(Parameters, OnlyPlaceholdersAreReplaced) {
  EXPECT_EQ(with_values("SELECT '$1 ?', \"$1\" /* ? */, $1 -- $1", {int64_t{1}}),
            "SELECT '$1 ?', \"$1\" /* ? */, CAST('1' AS BIGINT) -- $1");
  EXPECT_EQ(with_values("SELECT $1; anything '", {}), "SELECT $1; anything '");
}

TEST(Parameters, OnesWithoutAValueAndBytesAreRefused) {
  EXPECT_THROW(with_values("SELECT $2", {int64_t{1}}), Error);
  EXPECT_THROW(with_values("SELECT $1", {std::vector<uint8_t>{1}}), Error);
}

}  // namespace
}  // namespace hotload::plain
