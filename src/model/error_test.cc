// SPDX-License-Identifier: Apache-2.0
#include "hotload/error.h"

#include <gtest/gtest.h>

namespace hotload {
namespace {

TEST(Error, EveryCodeHasAWordOfItsOwn) {
  for (int value = 0; value <= static_cast<int>(ErrorCode::kInternal); ++value) {
    const auto code = static_cast<ErrorCode>(value);
    EXPECT_EQ(error_code_from(to_string(code)), code) << to_string(code);
  }
}

TEST(Error, TheCodeAloneSaysWhetherARetryMayHelp) {
  EXPECT_FALSE(is_transient(ErrorCode::kInvalidArgument));
  EXPECT_FALSE(is_transient(ErrorCode::kExpired));
  EXPECT_TRUE(is_transient(ErrorCode::kConflict));
  EXPECT_TRUE(is_transient(ErrorCode::kInternal));
  EXPECT_TRUE(Error(ErrorCode::kLocked, "held by process 7").transient());
}

TEST(Error, AnUnknownWordIsInternal) {
  EXPECT_EQ(error_code_from("no_such_code"), ErrorCode::kInternal);
}

}  // namespace
}  // namespace hotload
