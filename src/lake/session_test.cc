// SPDX-License-Identifier: Apache-2.0
#include "lake/session.h"

#include <thread>

#include "lake/testing.h"

namespace hotload::lake {
namespace {

class SessionTest : public LakeTest {
 protected:
  void fill() { load("1", append_to("t"), "SELECT range AS id FROM range(1000)"); }
};

TEST_F(SessionTest, StreamsOutliveTheirSession) {
  fill();
  auto session = db().open_session({});
  ArrowStream stream = session->query("SELECT * FROM s.t", {});
  session.reset();
  tool_.scan_stream("answer", stream.get());
  EXPECT_EQ(tool_.integer("SELECT count(*) FROM answer"), 1000);
}

TEST_F(SessionTest, AStreamIsOfOneSnapshot) {
  fill();
  auto session = db().open_session({});
  ArrowStream stream = session->query("SELECT * FROM s.t", {});
  load("2", append_to("t"), "SELECT range AS id FROM range(1000)");
  tool_.scan_stream("answer", stream.get());
  EXPECT_EQ(tool_.integer("SELECT count(*) FROM answer"), 1000);
}

TEST_F(SessionTest, LargeResultsTakeLittleMemory) {
  options_.memory_limit_bytes = int64_t{512} << 20;
  auto session = db().open_session({});
  // 3.2 GB of rows.
  ArrowStream stream = session->query(
      "SELECT range AS id, md5(range::VARCHAR) AS v "
      "FROM range(80000000)",
      {});
  ArrowArray batch{};
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(stream.get()->get_next(stream.get(), &batch), 0);
    ASSERT_GT(batch.length, 0);
    batch.release(&batch);
  }
}

TEST_F(SessionTest, ParquetFilesAreWrittenInParallel) {
  fill();
  std::vector<int64_t> written(8);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < written.size(); ++i) {
    threads.emplace_back([&, i] {
      auto session = db().open_session({});
      const std::string limit = std::to_string(100 + i);
      written[i] = session->write_parquet(session->query("SELECT * FROM s.t LIMIT " + limit, {}),
                                          (folder_ / (limit + ".parquet")).string());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < written.size(); ++i) EXPECT_EQ(written[i], 100 + static_cast<int>(i));
}

TEST_F(SessionTest, TransactionsAreAllOrNothing) {
  fill();
  auto session = db().open_session({.schema = "s", .read_only = false});
  session->begin();
  rows(*session, "DELETE FROM t WHERE id < 500");
  rows(*session, "INSERT INTO t VALUES (5000)");
  EXPECT_EQ(rows(*session, "SELECT count(*) FROM t").at(0).at(0), "501");
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1000");
  session->rollback();
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1000");
  rows(*session, "BEGIN");
  EXPECT_TRUE(session->in_transaction());
  rows(*session, "UPDATE t SET id = -1 WHERE id = 7");
  EXPECT_EQ(session->rows_changed(), 1);
  rows(*session, "COMMIT");
  EXPECT_FALSE(session->in_transaction());
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id = -1"), "1");
  expect_sound(db());
}

TEST_F(SessionTest, AnAbandonedTransactionIsRolledBackAndFreesTheDoor) {
  fill();
  {
    auto session = db().open_session({});
    session->begin();
    rows(*session, "DELETE FROM s.t");
  }
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1000");
  load("2", append_to("t"), "SELECT 1::BIGINT AS id");
}

TEST_F(SessionTest, AnErrorEndsOnlyItsStatement) {
  fill();
  auto session = db().open_session({});
  EXPECT_EQ(code_of([&] { rows(*session, "SELECT * FROM s.nobody"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { rows(*session, "SELEC 1"); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { rows(*session, "INSERT INTO s.t SELECT 'x'"); }),
            ErrorCode::kTypeMismatch);
  EXPECT_EQ(rows(*session, "SELECT count(*) FROM s.t").at(0).at(0), "1000");
  load("2", append_to("t"), "SELECT 1::BIGINT AS id");
}

TEST_F(SessionTest, SeveralStatementsAtOnceReturnTheLastOnesRows) {
  fill();
  EXPECT_EQ(text("INSERT INTO s.t VALUES (5000); SELECT count(*) FROM s.t"), "1001");
  EXPECT_EQ(text("SELECT 1; SELECT 2"), "2");
}

TEST_F(SessionTest, ParametersAreBound) {
  fill();
  auto session = db().open_session({});
  ArrowStream stream = session->query("SELECT count(*) FROM s.t WHERE id < $1 AND $2 = 'it''s'",
                                      {Parameter(int64_t{10}), Parameter(std::string("it's"))});
  tool_.scan_stream("answer", stream.get());
  EXPECT_EQ(tool_.integer("FROM answer"), 10);
  EXPECT_EQ(code_of([&] { session->query("SELECT $1", {}); }), ErrorCode::kInvalidArgument);
}

TEST_F(SessionTest, AReadOnlySessionOnlyReads) {
  fill();
  auto session = db().open_session({.schema = "s", .read_only = true});
  EXPECT_EQ(rows(*session, "SELECT count(*) FROM t").at(0).at(0), "1000");
  for (const char* sql :
       {"DELETE FROM t", "INSERT INTO t VALUES (1)", "CREATE TABLE u(i INT)", "DROP TABLE t",
        "ALTER TABLE t ADD COLUMN x INT", "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x"}) {
    EXPECT_EQ(code_of([&] { rows(*session, sql); }), ErrorCode::kPermission) << sql;
  }
}

TEST_F(SessionTest, WhatGoesRoundTheDoorIsRefused) {
  fill();
  auto session = db().open_session({});
  for (const std::string sql :
       {"ATTACH ':memory:' AS x", "DETACH lake_main", "COPY s.t TO '/tmp/x.csv'",
        "CALL ducklake_expire_snapshots('lake_main', older_than => now())",
        "SELECT * FROM ducklake_cleanup_old_files('lake_main', cleanup_all => true)",
        "SET memory_limit = '1GB'", "INSTALL httpfs", "LOAD httpfs", "CHECKPOINT",
        "SELECT 1; COMMIT; SELECT 2"}) {
    const ErrorCode code = code_of([&] { rows(*session, sql); });
    EXPECT_TRUE(code == ErrorCode::kPermission || code == ErrorCode::kInvalidArgument)
        << sql << ": " << to_string(code);
  }
  EXPECT_EQ(code_of([&] { rows(*session, "SELECT * FROM read_text('/etc/passwd')"); }),
            ErrorCode::kPermission);
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1000");
}

TEST_F(SessionTest, TheLakesOwnTablesAreNotWrittenBySql) {
  fill();
  EXPECT_EQ(code_of([&] { run("DELETE FROM _hotload.receipts"); }), ErrorCode::kPermission);
  EXPECT_EQ(code_of([&] { run("DELETE FROM __ducklake_metadata_lake_main.ducklake_snapshot"); }),
            ErrorCode::kPermission);
  EXPECT_EQ(code_of([&] { run("DROP SCHEMA \"_HOTLOAD\" CASCADE"); }), ErrorCode::kPermission);
  EXPECT_EQ(db().history(0).size(), 1U);
  EXPECT_EQ(text("SELECT count(*) FROM _hotload.receipts"), "1");
  run("CREATE TABLE s.u AS SELECT 'DELETE FROM _hotload.receipts' AS v");
}

TEST_F(SessionTest, InterruptEndsTheRunningStatement) {
  auto session = db().open_session({});
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    session->interrupt();
  });
  EXPECT_EQ(code_of([&] {
              rows(*session,
                   "SELECT sum(a.range * b.range) FROM range(10000000) a, range(100000) b");
            }),
            ErrorCode::kCanceled);
  other.join();
  EXPECT_EQ(rows(*session, "SELECT 1").at(0).at(0), "1");
}

}  // namespace
}  // namespace hotload::lake
