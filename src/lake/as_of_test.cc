// SPDX-License-Identifier: Apache-2.0
#include "lake/as_of.h"

#include "lake/testing.h"

namespace hotload::lake {

namespace {

class AsOfTest : public LakeTest {
 protected:
  std::string past(const std::string& as_of, const std::string& sql) {
    auto session = db().open_session({.schema = "s", .read_only = true, .as_of = as_of});
    const std::vector<engine::Row> all = rows(*session, sql);
    return all.empty() ? "" : all[0].at(0).value_or("NULL");
  }
  ErrorCode past_error(const std::string& as_of, const std::string& sql = "SELECT 1") {
    return code_of([&] { past(as_of, sql); });
  }
  static constexpr const char* kSum = "SELECT string_agg(id || v, ',' ORDER BY id) FROM t";
};

TEST_F(AsOfTest, ReadsEveryTableAsALoadLeftIt) {
  load("one", upsert_into("t", "id"), "SELECT 1 AS id, 'a' AS v UNION ALL SELECT 2, 'b'");
  load("one-u", append_to("u"), "SELECT 1 AS id");
  load("two", upsert_into("t", "id"), "SELECT 2 AS id, 'c' AS v UNION ALL SELECT 3, 'd'");
  load("two-u", append_to("u"), "SELECT 2 AS id");
  EXPECT_EQ(past("one", kSum), "1a,2b");
  EXPECT_EQ(past("two", kSum), "1a,2c,3d");
  EXPECT_EQ(past("one-u", "SELECT count(*) FROM t JOIN s.u USING (id)"), "1");
  EXPECT_EQ(past("two-u", "SELECT count(*) FROM T JOIN \"s\".\"u\" USING (id)"), "2");
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "3");
}

TEST_F(AsOfTest, TakesSnapshotsAndTimes) {
  const Receipt one = load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v");
  const Receipt two = load("two", append_to("t"), "SELECT 2 AS id, 'b' AS v");
  EXPECT_EQ(past(std::to_string(one.snapshot), kSum), "1a");
  EXPECT_EQ(past("2100-01-01", kSum), "1a,2b");
  const std::string between = text(
      "SELECT snapshot_time::VARCHAR FROM __ducklake_metadata_lake_main.ducklake_snapshot "
      "WHERE snapshot_id = " +
      std::to_string(two.snapshot - 1));
  EXPECT_EQ(past(between, kSum), "1a");
  EXPECT_EQ(past_error("1970-01-01T00:00:00Z"), ErrorCode::kNotFound);
  EXPECT_EQ(past_error("99999"), ErrorCode::kNotFound);
  EXPECT_EQ(past_error("no such load"), ErrorCode::kInvalidArgument);
}

TEST_F(AsOfTest, ALoadIdOfSeveralSchemasIsRefused) {
  load("one", append_to("t"), "SELECT 1 AS id");
  db().create_schema("other");
  auto same_id = db().open_load({"other", "", "one"});
  TableSpec spec = append_to("t");
  spec.columns = {{"id", "BIGINT", true}};
  same_id->declare({spec});
  same_id->commit();
  EXPECT_EQ(past_error("one"), ErrorCode::kInvalidArgument);
}

TEST_F(AsOfTest, DroppedTablesAndOldColumnsAreBack) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v");
  load("wide", append_to("t"), "SELECT 2 AS id, 'b' AS v, 3 AS w");
  run("DROP TABLE s.t");
  EXPECT_EQ(past("one", kSum), "1a");
  EXPECT_EQ(past("one", "SELECT count(*) FROM (DESCRIBE t)"), "2");
  EXPECT_EQ(past("wide", "SELECT sum(w) FROM t"), "3");
  EXPECT_EQ(past("2100-01-01",
                 "SELECT count(*) FROM information_schema.tables "
                 "WHERE table_catalog = current_database()"),
            "0");
  EXPECT_EQ(past("one",
                 "SELECT string_agg(table_schema || '.' || table_name) FROM "
                 "information_schema.tables WHERE table_catalog = current_database()"),
            "s.t");
  EXPECT_EQ(past_error("2100-01-01", kSum), ErrorCode::kNotFound);
}

TEST_F(AsOfTest, ViewsReadThePastToo) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v");
  {
    auto session = db().open_session({.schema = "s"});
    session->query("CREATE VIEW doubled AS SELECT id * 2 AS id FROM t", {});
    session->query("CREATE VIEW total AS SELECT sum(id) AS n FROM doubled", {});
  }
  load("two", append_to("t"), "SELECT 2 AS id, 'b' AS v");
  load("three", append_to("t"), "SELECT 4 AS id, 'c' AS v");
  EXPECT_EQ(past("two", "SELECT n FROM total"), "6");
  EXPECT_EQ(past("three", "SELECT n FROM total"), "14");
  EXPECT_EQ(past_error("one", "SELECT n FROM total"), ErrorCode::kNotFound);
}

TEST_F(AsOfTest, AStatementOfManyFormsReadsThePast) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v UNION ALL SELECT 2, 'b'");
  load("two", append_to("t"), "SELECT 3 AS id, 'c' AS v");
  EXPECT_EQ(past("one", "WITH t AS (SELECT * FROM s.t WHERE id > 1) SELECT count(*) FROM t"), "1");
  EXPECT_EQ(past("one", "SELECT (SELECT count(*) FROM t) + count(*) FROM t a, t b"), "6");
  EXPECT_EQ(past("one", "SELECT a FROM (PIVOT t ON v IN ('a') USING sum(id))"), "1");
  EXPECT_EQ(past("one", "FROM query_table('t') SELECT max(id)"), "2");
}

TEST_F(AsOfTest, ThePastIsReadOnlyAndNeverMixedWithToday) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v");
  auto session = db().open_session({.schema = "s", .read_only = false, .as_of = "one"});
  for (const char* sql : {"CREATE TABLE n(i INT)", "DROP VIEW t"}) {
    EXPECT_EQ(code_of([&] { session->query(sql, {}); }), ErrorCode::kPermission) << sql;
  }
  EXPECT_EQ(code_of([&] { session->query("DELETE FROM t", {}); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { session->query("SELECT * FROM \"lake_main\" . s.t", {}); }),
            ErrorCode::kInvalidArgument);
}

TEST_F(AsOfTest, TransactionsSeeAllTables) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v");
  load("one-u", append_to("u"), "SELECT 1 AS id");
  load("two", append_to("t"), "SELECT 2 AS id, 'b' AS v");
  auto session = db().open_session({.schema = "s", .read_only = true, .as_of = "one-u"});
  session->begin();
  EXPECT_EQ(rows(*session, kSum)[0][0], "1a");
  EXPECT_EQ(rows(*session, "SELECT count(*) FROM u")[0][0], "1");
  session->rollback();
  EXPECT_EQ(rows(*session, "SELECT count(*) FROM u")[0][0], "1");
}

TEST_F(AsOfTest, AStreamOutlivesItsSessionAndLeavesNothingAttached) {
  load("one", append_to("t"), "SELECT i AS id, 'a' AS v FROM range(20000) r(i)");
  load("two", append_to("t"), "SELECT 2 AS id, 'b' AS v");
  const char* attached =
      "SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE 'as_of_%'";
  {
    ArrowStream stream = db().open_session({.schema = "s", .read_only = true, .as_of = "one"})
                             ->query("SELECT id FROM t", {});
    EXPECT_EQ(text(attached), "1");
    tool_.scan_stream("answer", stream.get());
    EXPECT_EQ(tool_.integer("SELECT count(*) FROM answer"), 20000);
    tool_.run("DROP VIEW answer");
  }
  EXPECT_EQ(text(attached), "0");
}

TEST_F(AsOfTest, BeforeTheRetentionIsExpired) {
  const Receipt one = load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v");
  load("two", append_to("t"), "SELECT 2 AS id, 'b' AS v");
  auto open = db().open_session({.schema = "s", .read_only = true, .as_of = "one"});
  db().maintain({.compact = false, .sweep = false, .retention_seconds = 0});
  EXPECT_EQ(past_error("one"), ErrorCode::kExpired);
  EXPECT_EQ(past_error(std::to_string(one.snapshot)), ErrorCode::kExpired);
  EXPECT_EQ(past_error("1970-01-01"), ErrorCode::kExpired);
  EXPECT_EQ(code_of([&] { open->query(kSum, {}); }), ErrorCode::kExpired);
  EXPECT_EQ(past("two", kSum), "1a,2b");
}

TEST_F(AsOfTest, CompactionDoesNotChangeThePast) {
  for (int i = 0; i < 12; ++i) {
    load(std::to_string(i) + "th", upsert_into("t", "id"),
         "SELECT " + std::to_string(i) + " AS id, 'a' AS v UNION ALL SELECT 0, 'n" +
             std::to_string(i) + "' WHERE " + std::to_string(i) + " > 0");
  }
  const std::string before = past("7th", kSum);
  EXPECT_GT(db().maintain({}).files_merged, 0);
  EXPECT_EQ(past("7th", kSum), before);
}

}  // namespace

}  // namespace hotload::lake
