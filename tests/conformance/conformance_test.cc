// SPDX-License-Identifier: Apache-2.0
// What Workspace, Database, Load and Session promise, whoever keeps the data.
#include <gmock/gmock.h>

#include <thread>

#include "fixture.h"

namespace hotload::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(Conformance, DatabasesAreMadeFoundForkedAndDropped) {
  EXPECT_THAT(workspace_->list_databases(), ElementsAre(name_));
  EXPECT_TRUE(workspace_->has_database(name_));
  EXPECT_FALSE(workspace_->has_database("none"));
  EXPECT_EQ(code_of([&] { workspace_->create_database(name_); }), ErrorCode::kAlreadyExists);
  EXPECT_EQ(code_of([&] { workspace_->open_database("none"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { workspace_->drop_database("none"); }), ErrorCode::kNotFound);
  EXPECT_EQ(workspace_->open_or_create_database(name_)->name(), name_);
  load("1", R"({"id":1})");
  const auto fork = workspace_->fork_database(name_, "fork");
  EXPECT_EQ(code_of([&] { workspace_->fork_database(name_, "fork"); }), ErrorCode::kAlreadyExists);
  EXPECT_EQ(code_of([&] { workspace_->fork_database("none", "x"); }), ErrorCode::kNotFound);
  EXPECT_THAT(rows_of(fork->query("SELECT id FROM s.t")), ElementsAre("1"));
  const auto change = fork->open_load({"s", "", "2"});
  change->declare({spec("t")});
  change->stage_file("t", "job", file(R"({"id":2})"), jsonl());
  change->commit();
  EXPECT_THAT(rows("SELECT id FROM s.t"), ElementsAre("1"));
  if (can().publishes_forks) {
    const auto published = workspace_->publish_database("fork");
    ASSERT_EQ(published.size(), 1U);
    EXPECT_EQ(workspace_->publish_database("fork"), published);
    EXPECT_THAT(rows("SELECT id FROM s.t ORDER BY id"), ElementsAre("1", "2"));
  } else {
    EXPECT_EQ(code_of([&] { workspace_->publish_database("fork"); }), ErrorCode::kUnsupported);
  }
  workspace_->drop_database("fork");
  EXPECT_FALSE(workspace_->has_database("fork"));
}

TEST_P(Conformance, SchemasTablesAndColumnsAreTold) {
  db_->create_schema("s");
  db_->create_schema("other");
  EXPECT_EQ(code_of([&] { db_->create_schema("_hotload"); }), ErrorCode::kInvalidArgument);
  if (can().tells_empty_schemas) {
    EXPECT_THAT(db_->list_schemas(), ::testing::IsSupersetOf({"main", "other", "s"}));
    EXPECT_TRUE(db_->has_schema("other"));
    EXPECT_THAT(db_->list_tables("s"), IsEmpty());
  }
  db_->drop_schema("other");
  EXPECT_FALSE(db_->has_schema("other"));
  EXPECT_EQ(code_of([&] { db_->drop_schema("other"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { db_->list_tables("none"); }), ErrorCode::kNotFound);
  load("1", R"({"id":1,"name":"a"})");
  EXPECT_TRUE(db_->has_schema("s"));
  const std::vector<TableInfo> tables = db_->list_tables("s");
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0].name, "t");
  EXPECT_EQ(tables[0].columns, spec("t").columns);
  EXPECT_EQ(tables[0].rows, 1);
  EXPECT_EQ(tables[0].files, can().tells_files ? 1 : 0);
  EXPECT_EQ(db_->columns("s", "t"), spec("t").columns);
  EXPECT_EQ(db_->columns("s", "none"), std::nullopt);
}

TEST_P(Conformance, ALoadIsOneCommitAndHappensOnce) {
  const LoadKey key{"s", "shop", "load/1?"};
  const auto load = db_->open_load(key);
  EXPECT_EQ(load->key(), key);
  EXPECT_EQ(load->receipt(), std::nullopt);
  TableSpec more = spec("u");
  load->declare({spec("t"), more});
  const StagedFile staged = load->stage_file("t", "a/b", file(R"({"id":1})"), jsonl());
  EXPECT_EQ(load->stage_file("t", "a/b", file(R"({"id":9})"), jsonl()), staged);
  load->insert_rows({{"u", {"id", "name"}, {"5", std::nullopt}}});
  EXPECT_THAT(load->staged(), ElementsAre(staged));
  ASSERT_EQ(db_->pending_loads().size(), 1U);
  EXPECT_EQ(db_->pending_loads()[0].key, key);
  EXPECT_EQ(db_->columns("s", "t"), std::nullopt);

  const auto again = workspace_->open_database(name_)->open_load(key);
  const Receipt receipt = again->commit();
  EXPECT_EQ(receipt.key, key);
  EXPECT_EQ(load->commit(), receipt);
  EXPECT_EQ(load->receipt(), receipt);
  EXPECT_EQ(load->stage_file("t", "c", file(R"({"id":2})"), jsonl()).rows, 0);
  load->abort();
  if (can().keeps_history) {
    EXPECT_THAT(db_->history(0), ElementsAre(receipt));
  }
  EXPECT_THAT(db_->pending_loads(), IsEmpty());
  EXPECT_THAT(rows("SELECT id, name FROM s.t"), ElementsAre("1,null"));
  EXPECT_THAT(rows("SELECT id, name FROM s.u"), ElementsAre("5,null"));
}

TEST_P(Conformance, DropsTruncationsDeletionsAndPublishedSchemas) {
  load("1", R"({"id":1})");
  load("2", R"({"id":1})", spec("u"));
  load("3", "{\"id\":1}\n{\"id\":2}", spec("v"));
  const auto change = db_->open_load({"s", "", "4"});
  change->drop_tables({"t"});
  change->truncate_tables({"u"});
  change->delete_rows({{"v", "id", "1"}});
  change->declare({spec("w")});
  EXPECT_FALSE(change->publish_schema({}));  // with drops pending, all waits
  EXPECT_THAT(rows("SELECT count(*) FROM s.v"), ElementsAre("2"));
  change->commit();
  EXPECT_EQ(db_->columns("s", "t"), std::nullopt);
  EXPECT_THAT(rows("SELECT id FROM s.u"), IsEmpty());
  EXPECT_THAT(rows("SELECT id FROM s.v"), ElementsAre("2"));
  const auto early = db_->open_load({"s", "", "5"});
  early->declare({spec("x")});
  EXPECT_TRUE(early->publish_schema({{"x", {"id"}, {"3"}}}));
  EXPECT_THAT(rows("SELECT id FROM s.x"), ElementsAre("3"));
  early->abort();
}

TEST_P(Conformance, MergesByKeyAndArrowStreams) {
  load("1", "{\"id\":1,\"name\":\"a\"}\n{\"id\":2,\"name\":\"b\"}");
  TableSpec upsert = spec("t");
  upsert.disposition = Disposition::kMerge;
  upsert.strategy = MergeStrategy::kUpsert;
  upsert.primary_key = {"id"};
  const auto merge = db_->open_load({"s", "", "2"});
  merge->declare({upsert});
  const StagedFile staged = merge->stage_stream(
      "t", "rows", db_->query("SELECT id + 1 AS id, 'n' || id AS name FROM s.t"));
  EXPECT_EQ(staged.rows, 2);
  const Receipt receipt = merge->commit();
  ASSERT_EQ(receipt.tables.size(), 1U);
  EXPECT_EQ(receipt.tables[0].inserted, 1);
  EXPECT_EQ(receipt.tables[0].updated, 1);
  EXPECT_THAT(rows("SELECT id, name FROM s.t ORDER BY id"),
              ElementsAre("1,\"a\"", "2,\"n1\"", "3,\"n2\""));
}

TEST_P(Conformance, WhatIsWrongIsSaidByTheSameCodes) {
  const auto load = db_->open_load({"s", "", "1"});
  load->declare({spec("t")});
  const auto stage = [&](const std::string& text, const StageOptions& options) {
    return [&load, path = file(text), options] { load->stage_file("t", "j", path, options); };
  };
  EXPECT_EQ(code_of(stage("PAR1 no", {})), ErrorCode::kBadFile);
  EXPECT_EQ(code_of(stage(R"({"id":"x"})", jsonl())), ErrorCode::kBadFile);
  EXPECT_EQ(code_of([&] { load->stage_file("none", "j", file("{}"), jsonl()); }),
            ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { load->stage_file("t", "j", "/no/such/file", jsonl()); }),
            ErrorCode::kNotFound);
  TableSpec required = spec("r");
  required.columns[0].nullable = false;
  load->declare({required});
  EXPECT_EQ(code_of([&] { load->stage_file("r", "j", file(R"({"name":"x"})"), jsonl()); }),
            ErrorCode::kConstraint);
  TableSpec wrong = spec("t");
  wrong.disposition = Disposition::kMerge;
  wrong.strategy = MergeStrategy::kUpsert;
  EXPECT_EQ(code_of([&] { load->declare({wrong}); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { db_->open_load({"s", "", ""}); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { db_->open_load({"_hotload", "", "1"}); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { rows("SELECT * FROM s.none"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { rows("SELEC 1"); }), ErrorCode::kInvalidArgument);
  EXPECT_THAT(load->staged(), IsEmpty());
  EXPECT_EQ(load->file_columns(file(R"({"a":1})"), jsonl()),
            (std::vector<Column>{{"a", "BIGINT", true}}));
}

TEST_P(Conformance, SessionsWriteInTransactions) {
  const auto session = db_->open_session({.schema = "s"});
  if (!can().writes_sql) {
    load("1", "{\"id\":1,\"name\":\"it's\"}\n{\"id\":2}");
    EXPECT_THAT(rows_of(session->query("SELECT id FROM t WHERE id = $1 AND name = $2",
                                       {int64_t{1}, std::string("it's")})),
                ElementsAre("1"));
    EXPECT_EQ(code_of([&] { session->begin(); }), ErrorCode::kUnsupported);
    EXPECT_THROW(session->query("DELETE FROM t", {}), Error);
    EXPECT_THAT(rows("SELECT count(*) FROM s.t"), ElementsAre("2"));
    return;
  }
  session->query("CREATE TABLE t (id BIGINT)", {});
  session->query("INSERT INTO t VALUES ($1), ($2)", {int64_t{1}, std::string("2")});
  EXPECT_EQ(session->rows_changed(), 2);
  session->begin();
  EXPECT_TRUE(session->in_transaction());
  session->query("DELETE FROM t WHERE id = 1", {});
  EXPECT_THAT(rows_of(session->query("SELECT id FROM t", {})), ElementsAre("2"));
  EXPECT_EQ(session->rows_changed(), -1);
  EXPECT_THAT(rows("SELECT count(*) FROM s.t"), ElementsAre("2"));
  session->rollback();
  EXPECT_FALSE(session->in_transaction());
  session->begin();
  session->query("UPDATE t SET id = id + 10", {});
  session->commit();
  EXPECT_THAT(rows("SELECT id FROM s.t ORDER BY id"), ElementsAre("11", "12"));
  EXPECT_EQ(code_of([&] { session->commit(); }), ErrorCode::kInvalidArgument);
  const auto reader = db_->open_session({.schema = "s", .read_only = true});
  EXPECT_EQ(code_of([&] { reader->query("DELETE FROM t", {}); }), ErrorCode::kPermission);
}

TEST_P(Conformance, AStreamOfManyRowsIsWholeAndOutlivesItsSession) {
  ArrowStream stream = db_->open_session({})->query("SELECT range AS n FROM range(1000000)", {});
  const std::vector<std::string> all = rows_of(std::move(stream));
  ASSERT_EQ(all.size(), 1'000'000U);
  EXPECT_EQ(all.back(), "999999");
  // One that is not read to its end disturbs nobody.
  {
    ArrowStream left = db_->query("SELECT range AS n FROM range(1000000)");
  }
  EXPECT_THAT(rows("SELECT 1"), ElementsAre("1"));
}

TEST_P(Conformance, ALongStatementIsInterrupted) {
  const auto session = db_->open_session({});
  std::atomic<bool> ended{false};
  std::thread other([&] {
    while (!ended) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      session->interrupt();
    }
  });
  EXPECT_EQ(
      code_of([&] {
        rows_of(session->query("SELECT count(*) FROM range(1000000) a, range(1000000) b", {}));
      }),
      ErrorCode::kCanceled);
  ended = true;
  other.join();
}

TEST_P(Conformance, HistoryDiffUndoAndThePast) {
  const Receipt first = load("1", R"({"id":1})");
  const Receipt second = load("2", R"({"id":2})");
  if (!can().keeps_history) {
    EXPECT_EQ(code_of([&] { db_->history(1); }), ErrorCode::kUnsupported);
    EXPECT_EQ(code_of([&] { db_->undo("1"); }), ErrorCode::kUnsupported);
    EXPECT_EQ(code_of([&] { db_->diff({"1", "2"}); }), ErrorCode::kUnsupported);
    EXPECT_EQ(code_of([&] { db_->open_session({.as_of = "1"}); }), ErrorCode::kUnsupported);
    return;
  }
  EXPECT_THAT(db_->history(1), ElementsAre(second));
  const DatabaseDiff diff = db_->diff({"1", "2"});
  ASSERT_EQ(diff.tables.size(), 1U);
  EXPECT_EQ(diff.tables[0].inserted, 1);
  EXPECT_THAT(rows_of(db_->diff_rows("s", "t", {"1", ""})), ElementsAre("\"insert\",2,null"));
  EXPECT_EQ(rows_of(db_->changes("s", "t", {"1", ""})).size(), 1U);
  EXPECT_FALSE(db_->table_events({"1", ""}).empty());
  EXPECT_EQ(code_of([&] { db_->diff({"none", ""}); }), ErrorCode::kInvalidArgument);
  const auto past = db_->open_session({.as_of = "1"});
  EXPECT_THAT(rows_of(past->query("SELECT id FROM s.t", {})), ElementsAre("1"));
  const Receipt undone = db_->undo("1");
  EXPECT_EQ(db_->undo("1"), undone);
  EXPECT_THAT(rows("SELECT id FROM s.t"), ElementsAre("2"));
  EXPECT_EQ(code_of([&] { db_->undo("none"); }), ErrorCode::kNotFound);
  EXPECT_THAT(db_->scrub().findings, IsEmpty());
  EXPECT_EQ(db_->maintain({.dry_run = true}).loads_expired, 0);
}

TEST_P(Conformance, ManyThreadsStageAtOnce) {
  const auto load = db_->open_load({"s", "", "1"});
  load->declare({spec("t")});
  std::vector<std::string> files;
  for (int i = 0; i < 24; ++i) files.push_back(file("{\"id\":" + std::to_string(i) + "}"));
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < 24; i += 8) {
        load->stage_file("t", std::to_string(i), files[static_cast<size_t>(i)], jsonl());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  load->commit();
  EXPECT_THAT(rows("SELECT count(DISTINCT id) FROM s.t"), ElementsAre("24"));
}

INSTANTIATE_TEST_SUITE_P(On, Conformance,
                         ::testing::Values(Kind::kLake, Kind::kHolder, Kind::kServer, Kind::kPlain),
                         kind_name);

}  // namespace
}  // namespace hotload::conformance
