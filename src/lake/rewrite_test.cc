// SPDX-License-Identifier: Apache-2.0
#include "lake/rewrite.h"

#include "lake/testing.h"

namespace hotload::lake {
namespace {

class RewriteTest : public LakeTest {
 protected:
  // What a load of `after` makes of a table that a load of `before` has begun.
  std::string type_after(const std::string& before, const std::string& after) {
    load("1", append_to("t"), before);
    load("2", append_to("t"), after);
    expect_sound(db());
    return text("SELECT DISTINCT typeof(v) FROM s.t");
  }
};

TEST_F(RewriteTest, IntegersBecomeDoubleAndFiltersStayRight) {
  EXPECT_EQ(type_after("SELECT range::INTEGER AS v FROM range(200000)",
                       "SELECT range + 0.5::DOUBLE AS v FROM range(200000)"),
            "DOUBLE");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE v > 199998.6"), "2");  // 199999 and 199999.5
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE v BETWEEN 6.5 AND 7"), "2");
  EXPECT_EQ(text("SELECT max(v) FROM s.t"), "199999.5");
}

TEST_F(RewriteTest, ABigintThatNoDoubleHoldsRefusesTheLoadAndStays) {
  load("1", append_to("t"), "SELECT 9007199254740993 AS v");
  const auto second = staged(db(), "2", append_to("t"), "SELECT 0.5::DOUBLE AS v");
  EXPECT_EQ(code_of([&] { second->commit(); }), ErrorCode::kTypeMismatch);
  EXPECT_THAT(message_of([&] { second->commit(); }),
              ::testing::HasSubstr("column v holds 9007199254740993"));
  EXPECT_EQ(text("SELECT v FROM s.t"), "9007199254740993");
  EXPECT_EQ(db().history(0).size(), 1U);
}

TEST_F(RewriteTest, DecimalsGetMoreDigitsAndDatesATime) {
  EXPECT_EQ(type_after("SELECT 1.25::DECIMAL(10,2) AS v", "SELECT 1.255::DECIMAL(18,3) AS v"),
            "DECIMAL(18,3)");
  EXPECT_EQ(text("SELECT string_agg(v, ' ' ORDER BY v) FROM s.t WHERE v > 1.2"), "1.250 1.255");
  load("3", append_to("d"), "SELECT DATE '2024-01-01' AS v");
  load("4", append_to("d"), "SELECT TIMESTAMP '2024-01-01 10:00:00' AS v");
  EXPECT_EQ(text("SELECT count(*) FROM s.d WHERE v > TIMESTAMP '2024-01-01 09:00:00'"), "1");
}

TEST_F(RewriteTest, ATableKeepsItsKeysLayoutAndPast) {
  TableSpec spec = upsert_into("t", "id");
  spec.partition = {{"identity", "part", 0}};
  load("1", spec, "SELECT range AS id, range % 3 AS part, range::INTEGER AS v FROM range(9)");
  load("2", spec, "SELECT 4 AS id, 1::BIGINT AS part, 4.5::DOUBLE AS v");
  expect_sound(db());
  EXPECT_EQ(text("SELECT count(*) || ' ' || sum(v) FROM s.t"), "9 36.5");
  EXPECT_EQ(live_files("t").size(), 5U);  // a file a partition, the new row and a deleted one
  SessionOptions past;
  past.as_of = "1";
  EXPECT_EQ(text("SELECT sum(id) FROM s.t"), "36");
  const auto session = db().open_session(past);
  EXPECT_EQ(rows(*session, "SELECT sum(v), any_value(typeof(v)) FROM s.t"),
            (std::vector<engine::Row>{{"36", "INTEGER"}}));
}

TEST_F(RewriteTest, NanStaysReadable) {
  EXPECT_EQ(type_after("SELECT 1::INTEGER AS v, 'nan'::DOUBLE AS w",
                       "SELECT 0.5::DOUBLE AS v, 2::DOUBLE AS w"),
            "DOUBLE");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE w > 1"), "2");  // NaN is above all numbers
}

}  // namespace
}  // namespace hotload::lake
