// SPDX-License-Identifier: Apache-2.0
#include "engine/file_checks.h"

#include <gtest/gtest.h>

#include "engine/connection.h"
#include "hotload/error.h"

namespace hotload::engine {
namespace {

class FileChecks : public ::testing::Test {
 protected:
  std::string ask(const std::string& sql) { return connection_.text(sql).value_or("NULL"); }

  Instance instance_{{}};
  Connection connection_{instance_};
};

TEST_F(FileChecks, FindsNanBeyondTheFirstVectorAndNotInNull) {
  EXPECT_EQ(ask("SELECT bool_or(hotload_any_nan(1, if(i = 4999, 'nan'::DOUBLE, i))) "
                "FROM range(5000) t(i)"),
            "true");
  EXPECT_EQ(ask("SELECT bool_or(hotload_any_nan(i::FLOAT, 'nan'::FLOAT)) FROM range(3) t(i)"),
            "true");
  EXPECT_EQ(ask("SELECT bool_or(hotload_any_nan(CASE WHEN i >= 0 THEN NULL ELSE 'nan'::DOUBLE END))"
                " FROM range(5000) t(i)"),
            "false");
}

TEST_F(FileChecks, FindsNullInAnyColumn) {
  EXPECT_EQ(ask("SELECT bool_or(hotload_any_null(i, nullif(i, 4998))) FROM range(5000) t(i)"),
            "true");
  EXPECT_EQ(ask("SELECT bool_or(hotload_any_null(i, 'text')) FROM range(5000) t(i)"), "false");
}

TEST_F(FileChecks, DecodeReadsWhatItIsGiven) {
  EXPECT_EQ(ask("SELECT bool_or(hotload_decode(i, [i], {'a': 'x'})) FROM range(10) t(i)"), "false");
  EXPECT_THROW(ask("SELECT bool_or(hotload_decode(CAST('x' || i AS BIGINT))) FROM range(10) t(i)"),
               Error);
}

TEST_F(FileChecks, DecimalsAreTheDigitsThatANumberNeedsAfterItsPoint) {
  EXPECT_EQ(ask("SELECT list(hotload_decimals(t))::VARCHAR FROM unnest(['2', '-2.70', ' 2.0 ', "
                "'.5', '1e3', "
                "'1.25e1', '1000e-3', '1e-3', '0e-9', '', 'x', '120', '1e999999999999', NULL]) "
                "AS s(t)"),
            "[0, 1, 0, 1, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0]");
}

}  // namespace
}  // namespace hotload::engine
