// SPDX-License-Identifier: Apache-2.0
// What the engine answers, through a kept result and Arrow IPC, as JSON: every type it has.
#include "arrow/result_file.h"
#include "arrow/writer.h"
#include "lake/testing.h"

namespace hotload::lake {
namespace {

class KeptResultTest : public LakeTest {
 protected:
  KeptResultTest() : session_(db().open_session({.read_only = true, .restricted = true})) {}
  std::string path() const { return (folder_ / "result").string(); }
  std::string json(const std::string& sql, const arrow::Page& page = {}) {
    const auto file = arrow::write_result_file(session_->query(sql, {}), path());
    return arrow::json_rows(file.page(page), 0).text;
  }

  std::unique_ptr<Session> session_;
};

TEST_F(KeptResultTest, EveryTypeKeepsItsValue) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"true", "true"},
      {"(-128)::TINYINT", "-128"},
      {"65535::USMALLINT", "65535"},
      {"9223372036854775807", "9223372036854775807"},
      {"18446744073709551615::UBIGINT", "18446744073709551615"},
      {"12345678901234567890123456789::HUGEINT", "12345678901234567890123456789"},
      {"1.50::DECIMAL(4,2)", "1.50"},
      {"-0.001::DECIMAL(38,9)", "-0.001000000"},
      {"1.5::FLOAT", "1.5"},
      {"0.1::DOUBLE", "0.1"},
      {"'NaN'::DOUBLE", "null"},
      {"'-Infinity'::FLOAT", "null"},
      {"[1.5, 'NaN'::DOUBLE]", "[1.5, null]"},
      {"'a\"b\\c\nd'", R"("a\"b\\c\nd")"},
      {"'\\x00\\xFF'::BLOB", R"("\\x00\\xFF")"},
      {"DATE '2024-02-29'", R"("2024-02-29")"},
      {"TIME '12:34:56.789'", R"("12:34:56.789")"},
      {"TIMESTAMP '2024-02-29 12:34:56'", R"("2024-02-29T12:34:56")"},
      {"TIMESTAMPTZ '2024-02-29 12:34:56+02'", R"("2024-02-29T10:34:56Z")"},
      {"TIMESTAMP_S '2024-02-29 12:34:56'", R"("2024-02-29T12:34:56")"},
      {"TIMESTAMP_NS '2024-02-29 12:34:56.123456789'", R"("2024-02-29T12:34:56.123456789")"},
      {"INTERVAL '1 month 2 days'", "any"},
      {"'01234567-89ab-cdef-0123-456789abcdef'::UUID", R"("01234567-89ab-cdef-0123-456789abcdef")"},
      {"'{\"a\": 1}'::JSON", R"("{\"a\": 1}")"},
      {"'101'::BIT", "any"},
      {"'b'::ENUM('a', 'b')::VARCHAR", R"("b")"},
      {"TIMETZ '12:34:56+02'", "any"},
      {"[1, NULL, 3]", "[1, null, 3]"},
      {"[1, 2]::INTEGER[2]", "[1, 2]"},
      {"{'a': 1, 'b': ['x']}", R"({"a": 1, "b": ["x"]})"},
      {"MAP {'k': 1}", R"({"k": 1})"},
      {"union_value(n := 1)", "1"},
      {"NULL", "null"},
      {"NULL::INTEGER[]", "null"}};
  for (const auto& [sql, expected] : cases) {
    try {
      // The first row at an odd place of its batch: a part of the batch is copied.
      const std::string all = json("SELECT " + sql + " AS v FROM range(3)", {1, 1});
      if (expected != "any") {
        EXPECT_EQ(all, "[[" + expected + "]]") << sql;
      }
    } catch (const Error& error) {
      ADD_FAILURE() << sql << ": " << error.what();
    }
  }
}

TEST_F(KeptResultTest, AnEnumIsToBeCast) {
  EXPECT_EQ(code_of([&] { json("SELECT ['b'::ENUM('a', 'b')] AS v"); }), ErrorCode::kUnsupported);
  EXPECT_THAT(message_of([&] { json("SELECT 'b'::ENUM('a', 'b') AS v"); }),
              ::testing::HasSubstr("column 'v'"));
}

TEST_F(KeptResultTest, PagesOfALargeResultAreInItsOrder) {
  const auto file = arrow::write_result_file(
      session_->query("SELECT range AS id FROM range(300000) ORDER BY id DESC", {}), path());
  EXPECT_EQ(file.rows(), 300'000);
  EXPECT_EQ(arrow::json_rows(file.page({299'998, 10}), 0).text, "[[1],[0]]");
  EXPECT_EQ(arrow::json_rows(file.page({2'047, 3}), 0).text, "[[297952],[297951],[297950]]");
}

TEST_F(KeptResultTest, ACanceledQueryLeavesNoResult) {
  ArrowStream rows = session_->query("SELECT range FROM range(100000000000)", {});
  session_->interrupt();
  EXPECT_EQ(code_of([&] { arrow::write_result_file(std::move(rows), path()); }),
            ErrorCode::kCanceled);
  EXPECT_FALSE(fs::exists(path()));
}

}  // namespace
}  // namespace hotload::lake
