// SPDX-License-Identifier: Apache-2.0
#include "model/schema_diff.h"

#include <gtest/gtest.h>

#include "hotload/error.h"

namespace hotload::model {
namespace {

TEST(SchemaDiff, SameColumnsInAnyOrderNeedNothing) {
  EXPECT_TRUE(
      diff_schema({{"a", "BIGINT"}, {"b", "VARCHAR"}}, {{"B", "text"}, {"A", "int"}}).empty());
}

TEST(SchemaDiff, NewColumnsAreNullableAndInTheirStorageType) {
  const SchemaDiff diff = diff_schema({{"a", "BIGINT"}}, {{"j", "json", false}});
  ASSERT_EQ(diff.added.size(), 1u);
  EXPECT_EQ(diff.added[0], (Column{"j", "VARCHAR", true}));
}

TEST(SchemaDiff, AColumnWidensUnderItsLiveName) {
  const SchemaDiff diff = diff_schema({{"A", "INTEGER", false}}, {{"a", "BIGINT", false}});
  ASSERT_EQ(diff.widened.size(), 1u);
  EXPECT_EQ(diff.widened[0], (Column{"A", "BIGINT", false}));
  EXPECT_EQ(apply_diff({{"A", "INTEGER", false}}, diff),
            (std::vector<Column>{{"A", "BIGINT", false}}));
}

TEST(SchemaDiff, NotNullGoesWhereTheDeclarationAllowsNull) {
  const SchemaDiff diff = diff_schema({{"a", "BIGINT", false}}, {{"a", "BIGINT", true}});
  EXPECT_EQ(diff.relaxed, std::vector<std::string>{"a"});
  EXPECT_TRUE(apply_diff({{"a", "BIGINT", false}}, diff)[0].nullable);
}

TEST(SchemaDiff, MismatchesAreNamedTogether) {
  const SchemaDiff diff =
      diff_schema({{"a", "DATE"}, {"b", "BIGINT"}}, {{"a", "BIGINT"}, {"b", "VARCHAR"}});
  try {
    require_no_mismatch(diff, "t");
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kTypeMismatch);
    EXPECT_NE(std::string(error.what()).find("a is DATE, the load brings BIGINT; b is"),
              std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("drop it and load it anew"), std::string::npos)
        << error.what();
  }
}

TEST(SchemaDiff, ColumnsThatAreNotDeclaredStay) {
  EXPECT_TRUE(diff_schema({{"a", "BIGINT"}, {"old", "DATE"}}, {{"a", "BIGINT"}}).empty());
}

}  // namespace
}  // namespace hotload::model
