// SPDX-License-Identifier: Apache-2.0
// SQL as a part of a load.
#include "lake/sql_job.h"

#include "lake/testing.h"

namespace hotload::lake {
namespace {

using ::testing::HasSubstr;

class SqlJobTest : public LakeTest {
 protected:
  // A load of rows 0 to 9 into s.t, with SQL; not committed.
  std::unique_ptr<Load> load_with(const std::string& load_id, const std::vector<SqlJob>& jobs,
                                  const TableSpec& spec = append_to("t")) {
    auto load = staged(db(), load_id, spec, "SELECT range AS id, 'v' || range AS v FROM range(10)");
    for (const SqlJob& job : jobs) load->run_sql(job);
    return load;
  }
  std::string values() { return text("SELECT string_agg(v, ' ' ORDER BY id, v) FROM s.t"); }
  std::string refusal(const std::string& sql, ErrorCode code) {
    auto load = load_with("refused", {});
    const std::string message = message_of([&] { load->run_sql({"job", sql}); });
    EXPECT_EQ(code_of([&] { load->run_sql({"job", sql}); }), code) << sql;
    load->abort();
    return message;
  }
};

TEST_F(SqlJobTest, RunsAfterTheRowsInTheSameSnapshot) {
  auto load = load_with("1", {{"a",
                               "UPDATE t SET v = 'odd' WHERE id % 2 = 1;\n"
                               "DELETE FROM t WHERE id > 4"},
                              {"b", "CREATE TABLE copied AS SELECT * FROM t; -- end"}});
  const int64_t snapshot = load->commit().snapshot;
  EXPECT_EQ(values(), "v0 odd v2 odd v4");
  EXPECT_EQ(text("SELECT count(*) FROM s.copied"), "5");
  EXPECT_EQ(db().history(1).at(0).snapshot, snapshot);
  EXPECT_EQ(text("SELECT max(snapshot_id) FROM main.snapshots()"), std::to_string(snapshot));
  open();
  EXPECT_EQ(values(), "v0 odd v2 odd v4");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id BETWEEN 3 AND 9"), "2");
  expect_sound(db());
}

TEST_F(SqlJobTest, AJobCountsOnceAndSurvivesTheProcess) {
  load("1", append_to("t"), "SELECT range AS id, 'v' || range AS v FROM range(10)");
  const SqlJob job{"a", "INSERT INTO t SELECT 10 + max(id), 'more' FROM t"};
  load_with("2", {job, job}).reset();
  open();
  auto load = db().open_load({"s", "", "2"});
  load->run_sql(job);
  const Receipt receipt = load->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE v = 'more'"), "1");
  EXPECT_EQ(load->commit(), receipt);
  load->run_sql({"late", "DELETE FROM t"});
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "21");
  expect_sound(db());
}

TEST_F(SqlJobTest, AFaultLeavesNothingOfTheLoad) {
  load("1", append_to("t"), "SELECT range AS id, 'v' || range AS v FROM range(10)");
  const std::string before = values();
  auto load = load_with("2", {{"good", "DELETE FROM t WHERE id < 5"},
                              {"bad", "INSERT INTO no_such_table SELECT * FROM t"}});
  const auto commit = [&] { load->commit(); };
  EXPECT_EQ(code_of(commit), ErrorCode::kNotFound);
  EXPECT_THAT(message_of(commit), HasSubstr("SQL of job bad: "));
  EXPECT_EQ(values(), before);
  EXPECT_EQ(db().pending_loads().size(), 1U);
  // What was missing has come: the same load goes on.
  run("CREATE TABLE s.no_such_table (id BIGINT, v VARCHAR)");
  load->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.no_such_table"), "10");
  expect_sound(db());
}

TEST_F(SqlJobTest, WhatNoLoadMayDoIsRefusedWhenItIsHandedIn) {
  EXPECT_THAT(refusal("SELEC 1", ErrorCode::kInvalidArgument), HasSubstr("SQL of job job: "));
  refusal("", ErrorCode::kInvalidArgument);
  EXPECT_THAT(refusal("DELETE FROM t; COMMIT", ErrorCode::kPermission), HasSubstr("transaction"));
  refusal("BEGIN; DELETE FROM t; COMMIT", ErrorCode::kPermission);
  refusal("ATTACH 'x.db'", ErrorCode::kPermission);
  refusal("SET schema = 'main'", ErrorCode::kPermission);
  refusal("COPY (SELECT 1) TO 'x.csv'", ErrorCode::kPermission);
  refusal("CREATE TABLE s2.t (a INT); CALL ducklake_expire_snapshots('x')", ErrorCode::kPermission);
  load("0", append_to("u"), "SELECT 1 AS id");
  refusal("DELETE FROM _hotload.receipts", ErrorCode::kPermission);
}

// Statements are looked at again where their tables are there.
TEST_F(SqlJobTest, WhatCouldNotBeToldBeforeIsRefusedByTheCommit) {
  auto load = load_with("1", {{"a", "CREATE TABLE made (id BIGINT); COPY made TO 'x.csv'"}});
  EXPECT_EQ(code_of([&] { load->commit(); }), ErrorCode::kPermission);
  EXPECT_EQ(text("SELECT count(*) FROM information_schema.tables WHERE table_name = 'made'"), "0");
}

// A filter finds by ranges what a change of rows or types in the same transaction has left.
TEST_F(SqlJobTest, FiltersFindWhatTheSqlChanged) {
  load("1", append_to("t"), "SELECT range AS id, 'v' || range AS v FROM range(10)");
  load_with("2", {{"a", "UPDATE t SET id = id + 1000 WHERE id = 7"}})->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id > 500"), "2");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id = 7"), "0");
  load_with("3", {{"a", "INSERT INTO t VALUES (-5, 'low')"}})->commit();
  EXPECT_EQ(text("SELECT v FROM s.t WHERE id < 0"), "low");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id > 500"), "2");
  expect_sound(db());
}

TEST_F(SqlJobTest, AKeyThatSqlMayHaveRepeatedIsPromisedNoMore) {
  const TableSpec upsert = upsert_into("t", "id");
  load("1", upsert, "SELECT range AS id, 'v' || range AS v FROM range(10)");
  load_with("2", {{"a", "INSERT INTO s.\"T\" SELECT * FROM t"}}, upsert)->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "20");
  expect_sound(db());
}

TEST_F(SqlJobTest, ALoadMayBeSqlAlone) {
  load("1", append_to("t"), "SELECT range AS id, 'v' || range AS v FROM range(10)");
  auto load = db().open_load({"s", "", "2"});
  load->run_sql({"a", "DELETE FROM t WHERE id >= 2"});
  const Receipt receipt = load->commit();
  EXPECT_EQ(values(), "v0 v1");
  EXPECT_EQ(db().undo("2").key.load_id, "undo:2");
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "10");
  EXPECT_GT(receipt.snapshot, 0);
}

TEST_F(SqlJobTest, FiltersFindAllRowsOfATableThatWasAlteredWithThem) {
  load("1", append_to("t"), "SELECT range::INTEGER AS id, 'v' || range AS v FROM range(10)");
  auto load = staged(db(), "2", append_to("t"),
                     "SELECT range::INTEGER AS id, 'v' || range AS v FROM range(10, 20)");
  load->run_sql({"a",
                 "ALTER TABLE t ALTER id TYPE BIGINT; ALTER TABLE t ADD COLUMN w BIGINT; "
                 "INSERT INTO t VALUES (100000000000, 'x', 1)"});
  load->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id > 5"), "15");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id >= 15"), "6");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id < 3"), "3");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE w = 1"), "1");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE w IS NULL"), "20");
  expect_sound(db());
}

}  // namespace
// As a server opens loads.
class OuterSqlJobTest : public SqlJobTest {
 protected:
  std::unique_ptr<Load> load_of(const std::string& load_id) {
    load_with(load_id, {});
    return db().open_load({"s", "", load_id}, {.restricted = true});
  }
};

TEST_F(OuterSqlJobTest, SeesTheTablesOfItsLoadAndOfItsEarlierJobs) {
  auto load = load_of("1");
  load->run_sql({"a", "CREATE TABLE copied AS SELECT * FROM t WHERE id < 3; DELETE FROM t"});
  load->run_sql({"b", "INSERT INTO t SELECT id + 100, v FROM s.copied; DROP TABLE copied;"});
  load->commit();
  EXPECT_EQ(values(), "v0 v1 v2");
  EXPECT_EQ(text("SELECT min(id) FROM s.t"), "100");
}

TEST_F(OuterSqlJobTest, PassesTheGateAlsoInTheCommit) {
  auto load = load_of("1");
  for (const char* sql :
       {"COPY t TO 'x.csv'", "ATTACH 'x.db'", "INSERT INTO t SELECT * FROM read_csv('/etc/passwd')",
        "SET memory_limit = '1GB'", "COMMIT", "SELECT 1; INSERT INTO t SELECT getenv('HOME')"}) {
    EXPECT_EQ(code_of([&] { load->run_sql({"job", sql}); }), ErrorCode::kPermission) << sql;
  }
  for (const char* sql : {"SELEC 1", "DELETE FROM _hotload.receipts"}) {
    EXPECT_EQ(code_of([&] { load->run_sql({"job", sql}); }), ErrorCode::kInvalidArgument) << sql;
  }
  // What is missing may still come, but then it must be there.
  load->run_sql({"later", "DELETE FROM never_made"});
  EXPECT_EQ(code_of([&] { load->commit(); }), ErrorCode::kNotFound);
  EXPECT_FALSE(db().columns("s", "t").has_value());
}

}  // namespace hotload::lake
