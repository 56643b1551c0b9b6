// SPDX-License-Identifier: Apache-2.0
#include "lake/restricted_sql.h"

#include "lake/testing.h"
#include "model/vectors.h"

namespace hotload::lake {
namespace {

class RestrictedSqlTest : public LakeTest {
 protected:
  RestrictedSqlTest() {
    load("1", append_to("t"),
         "SELECT id::BIGINT AS id, chr(96 + id::INT) AS name, {'x': id} AS st "
         "FROM range(1, 4) r(id)");
    run("CREATE TABLE s.u AS SELECT 1 AS one");
    run("CREATE TABLE s.\"größe\" AS SELECT 'ß' AS wert");
    run("CREATE TABLE s.\"a\"\"b.c\" AS SELECT 1 AS one");
    run("CREATE VIEW s.view_of_t AS SELECT * FROM lake_main.s.t");
    rows(*db().open_session({.schema = "s"}), "CREATE VIEW plain_view_of_t AS FROM t");
    other_ = workspace().create_database("other");
    load(*other_, "1", append_to("t"), "SELECT range::BIGINT AS id FROM range(1, 3)");
    hidden_ = workspace().create_database("hidden");
    load(*hidden_, "1", append_to("t"), "SELECT 'secret' AS id");
    const fs::path inside = root_folder() / "x.csv";
    write_file_synced(inside, "a\n1\n");
    run("CREATE VIEW s.view_of_a_file AS SELECT * FROM read_csv('" + inside.string() + "')");
    run("CREATE VIEW s.view_of_a_view_of_a_file AS FROM s.view_of_a_file");
    run("CREATE VIEW s.view_of_the_hidden AS SELECT * FROM lake_hidden.s.t");
    session_ = restricted();
  }
  ~RestrictedSqlTest() override {
    session_.reset();
    other_.reset();
    hidden_.reset();
  }

  std::unique_ptr<Session> restricted(const std::string& schema = "s") {
    SessionOptions options;
    options.schema = schema;
    options.restricted = true;
    options.read_only = true;
    options.catalog = "default";
    options.attachments = {{"other", other_}};
    return db().open_session(options);
  }
  ErrorCode refusal(const std::string& sql) {
    return code_of([&] { rows(*session_, sql); });
  }

  std::shared_ptr<Database> other_;
  std::shared_ptr<Database> hidden_;
  std::unique_ptr<Session> session_;
};

TEST_F(RestrictedSqlTest, RefusesEveryAttempt) {
  for (const auto& pair : model::cases_of("restricted_sql.json", "refused")) {
    const std::string sql = model::text_at(pair, 0);
    const std::string expected = model::text_at(pair, 1);
    try {
      rows(*session_, sql);
      ADD_FAILURE() << "answered: " << sql;
    } catch (const Error& error) {
      if (expected != "any") {
        EXPECT_EQ(to_string(error.code()), expected) << sql << ": " << error.what();
      }
      EXPECT_FALSE(error.transient()) << sql << ": " << error.what();
    }
  }
}

TEST_F(RestrictedSqlTest, AnswersWhatOnlyReads) {
  for (const auto& pair : model::cases_of("restricted_sql.json", "answered")) {
    const std::string sql = model::text_at(pair, 0);
    const std::string expected = model::text_at(pair, 1);
    try {
      const std::vector<engine::Row> all = rows(*session_, sql);
      ASSERT_FALSE(all.empty()) << sql;
      if (expected != "any") {
        EXPECT_EQ(all[0][0].value_or("NULL"), expected) << sql;
      }
    } catch (const Error& error) {
      ADD_FAILURE() << sql << ": " << error.what();
    }
  }
}

// Files that lie where the engine would look for a table's name.
TEST_F(RestrictedSqlTest, TablesAreNeverFiles) {
  const fs::path before = fs::current_path();
  fs::current_path(root_folder());
  for (const char* name : {"x.csv", "lake_main.s.x.csv", "s.x.csv"}) {
    write_file_synced(root_folder() / name, "a\n1\n");
  }
  for (const char* sql : {"FROM \"x.csv\"", "FROM s.\"x.csv\"", "FROM \"default\".s.\"x.csv\"",
                          "FROM '../lake/x.csv'", "FROM \"s.x.csv\""}) {
    EXPECT_EQ(refusal(sql), ErrorCode::kNotFound) << sql;
  }
  fs::current_path(before);
}

// A macro of the lake that has the name of a harmless function.
TEST_F(RestrictedSqlTest, MacrosOfTheLakeAreNotCalled) {
  const std::string file = (root_folder() / "x.csv").string();
  for (const char* schema : {"main", "s"}) {
    run(std::string("CREATE MACRO ") + schema + ".upper(x) AS (SELECT content FROM read_text(x))");
    run(std::string("CREATE MACRO ") + schema + ".range(x) AS TABLE FROM read_text(x)");
  }
  auto owner = db().open_session({.schema = "s"});
  rows(*owner, "CREATE VIEW by_name AS SELECT upper('" + file + "') AS v");
  rows(*owner, "CREATE VIEW by_schema AS SELECT s.upper('" + file + "') AS v");
  rows(*owner, "CREATE VIEW by_table AS SELECT * FROM range('" + file + "')");
  for (const char* view : {"by_name", "by_schema", "by_table"}) {
    EXPECT_EQ(refusal(std::string("FROM ") + view), ErrorCode::kPermission) << view;
  }
  EXPECT_EQ(rows(*session_, "SELECT upper('x')").at(0).at(0), "X");
  EXPECT_EQ(rows(*session_, "SELECT name.upper() FROM t WHERE id = 1").at(0).at(0), "A");
  for (const char* sql : {"SELECT s.upper('x')", "FROM s.range('x')", "FROM main.range('x')"}) {
    EXPECT_NE(refusal(sql), ErrorCode::kInternal) << sql;
  }
}

TEST_F(RestrictedSqlTest, AMissingTableIsNamedAsItWasWritten) {
  EXPECT_EQ(message_of([&] { rows(*session_, "SELECT * FROM \"default\".\"public\".\"x\""); }),
            "table not found: default.public.x does not exist");
}

TEST_F(RestrictedSqlTest, ParametersAreBound) {
  ArrowStream stream = session_->query("SELECT count(*) FROM \"default\".s.t WHERE id >= $1",
                                       {Parameter(int64_t{2})});
  tool_.scan_stream("answer", stream.get());
  EXPECT_EQ(tool_.integer("FROM answer"), 2);
}

TEST_F(RestrictedSqlTest, ColumnsOfTheSameNameStayTwo) {
  const auto all = rows(*session_, "SELECT a.id, b.id FROM t a, t b WHERE a.id < b.id");
  EXPECT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].size(), 2U);
}

TEST_F(RestrictedSqlTest, WithoutASchemaNamesMeanMain) {
  session_ = restricted("");
  EXPECT_EQ(refusal("FROM t"), ErrorCode::kNotFound);
  EXPECT_EQ(rows(*session_, "SELECT count(*) FROM s.t").at(0).at(0), "3");
}

TEST_F(RestrictedSqlTest, AnAttachmentIsOfTheSameWorkspace) {
  SessionOptions options;
  options.restricted = true;
  options.attachments = {{"other", nullptr}};
  EXPECT_EQ(code_of([&] { db().open_session(options); }), ErrorCode::kInvalidArgument);
}

TEST_F(RestrictedSqlTest, DeepAndLongStatementsAreRefusedOrAnswered) {
  std::string deep = "SELECT 1";
  for (int i = 0; i < 5'000; ++i) deep = "SELECT (" + deep + ")";
  EXPECT_EQ(refusal(deep), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refusal("SELECT '" + std::string(size_t{2} << 20, 'x') + "'"),
            ErrorCode::kInvalidArgument);
  std::string sum = "SELECT 0";
  for (int i = 0; i < 200; ++i) sum += " + 1";
  EXPECT_EQ(rows(*session_, sum).at(0).at(0), "200");
}

std::string repeated(const std::string& part, int count, const std::string& between) {
  std::string all = part;
  for (int i = 1; i < count; ++i) all += between + part;
  return all;
}

// The engine's planner would take minutes and gigabytes for some of these.
TEST_F(RestrictedSqlTest, StatementsBeyondTheLimitsAreRefusedBeforeTheyArePlanned) {
  std::string joins = "SELECT count(*) FROM t t0";
  for (int i = 1; i <= 65; ++i) {
    const std::string name = "t" + std::to_string(i);
    joins += " JOIN t " + name + " ON " + name + ".id = t0.id";
  }
  run("CREATE VIEW s.wide AS " + repeated("SELECT id FROM lake_main.s.t", 30, " UNION ALL "));
  for (const std::string& sql : {
           repeated("SELECT 1", 20'000, " UNION ALL "),
           repeated("FROM t", 501, " UNION ALL "),
           "SELECT 1 WHERE " + repeated("EXISTS (FROM t)", 201, " AND "),
           repeated("FROM wide", 17, " UNION ALL "),
           joins,
           "SELECT count(*) FROM " + repeated("(VALUES (1))", 66, ", "),
           "SELECT " + repeated("id", 252, " + ") + " FROM t",
           "FROM t WHERE " + repeated("id = 1 AND id = 2", 1'100, " OR "),
           "SELECT count(*) FROM t GROUP BY CUBE (" + repeated("id", 11, ", ") + ")",
       }) {
    const std::string message = message_of([&] { rows(*session_, sql); });
    EXPECT_NE(message.find("too complex: more than "), std::string::npos)
        << sql.substr(0, 60) << ": " << message;
  }
}

TEST_F(RestrictedSqlTest, StatementsThatToolsWriteAreWithinTheLimits) {
  const auto first = [&](const std::string& sql) { return rows(*session_, sql).at(0).at(0); };
  EXPECT_EQ(
      first("SELECT count(*) FROM (" + repeated("SELECT id FROM t", 490, " UNION ALL ") + ")"),
      "1470");
  EXPECT_EQ(first("SELECT count(*) FROM (VALUES " +
                  repeated("(-1, [1, 2], {'a': 1}, DATE '2026-01-01')", 3'100, ", ") + ")"),
            "3100");
  EXPECT_EQ(first("SELECT count(*) FROM t WHERE id IN (" + repeated("1", 5'000, ", ") + ")"), "1");
  EXPECT_EQ(first("SELECT " + repeated("coalesce(id, 0) + 1", 300, ", ") + " FROM t LIMIT 1"), "2");
}

TEST_F(RestrictedSqlTest, RowsOfAnyTypeBecomeParquet) {
  const fs::path path = folder_ / "out.parquet";
  EXPECT_EQ(
      session_->write_parquet(session_->query("SELECT * FROM t ORDER BY id", {}), path.string()),
      3);
  EXPECT_EQ(tool_.text("SELECT string_agg(name || st.x, ',') FROM '" + path.string() + "'"),
            "a1,b2,c3");
  EXPECT_EQ(session_->write_parquet(session_->query("SELECT * FROM t LIMIT 0", {}), path.string()),
            0);
  EXPECT_EQ(tool_.integer("SELECT count(*) FROM (DESCRIBE FROM '" + path.string() + "')"), 3);
  EXPECT_TRUE(fs::is_empty(root_folder() / "spill"));
}

}  // namespace
}  // namespace hotload::lake
