// SPDX-License-Identifier: Apache-2.0
// What breaks beneath a lake: another program in its catalog, a dead engine, a full disk.
#include <sys/mount.h>
#include <unistd.h>

#include "lake/foreign_files_testing.h"
#include "lake/layout.h"
#include "lake/testing.h"

namespace hotload::lake {
namespace {

class FaultsTest : public LakeTest {};

// As Python's duckdb in the process would, and one elsewhere: it would write its older view of the
// catalog over what is committed here meanwhile.
TEST_F(FaultsTest, AnotherEngineIsKeptOffACatalogThatIsOpen) {
  load("1", append_to("t"), "SELECT 1::BIGINT AS id");
  engine::Instance instance(
      {.memory_limit_bytes = 0, .threads = 0, .temp_directory = {}, .extensions = {"ducklake"}});
  engine::Connection foreign(instance);
  const fs::path catalog = root_folder() / "main" / kCatalogFile;
  const auto attach = [&](const std::string& options) {
    foreign.run("ATTACH 'ducklake:" + catalog.string() + "' AS x (DATA_PATH '" +
                (root_folder() / "main" / "data").string() + "/', OVERRIDE_DATA_PATH true" +
                options + ")");
  };
  for (const char* options : {"", ", READ_ONLY"}) {
    EXPECT_THROW(attach(options), Error) << options;
    load(std::string("2") + options, append_to("t"), "SELECT 2::BIGINT AS id");
    EXPECT_THROW(attach(options), Error) << options;
  }
  const auto check = [&] {
    EXPECT_EQ(text("SELECT count(*) FROM s.t"), "3");
    expect_sound(db());
  };
  check();
  db_.reset();
  workspace_.reset();
  close_idle_workspaces();
  attach("");
  EXPECT_EQ(foreign.integer("SELECT count(*) FROM x.s.t"), 3);
  EXPECT_EQ(code_of([&] {
              open();
              db().list_tables("s");
            }),
            ErrorCode::kLocked);
  foreign.run("DETACH x");
  open();
  check();
}

// By a program that asks for no lock.
TEST_F(FaultsTest, AnotherProgramsWriteIsNoticedAndNothingIsLost) {
  load("1", append_to("t"), "SELECT 1::BIGINT AS id");
  auto pending = staged(db(), "2", append_to("t"), "SELECT 2::BIGINT AS id");
  fs::last_write_time(root_folder() / "main" / kCatalogFile, fs::file_time_type::clock::now());
  EXPECT_EQ(code_of([&] { pending->commit(); }), ErrorCode::kChanged);
  EXPECT_EQ(code_of([&] { run("INSERT INTO s.t VALUES (3)"); }), ErrorCode::kChanged);
  EXPECT_EQ(code_of([&] { db().maintain({}); }), ErrorCode::kChanged);
  EXPECT_EQ(code_of([&] { workspace().fork_database("main", "fork"); }), ErrorCode::kChanged);
  pending.reset();
  open();
  db().open_load({"s", "", "2"})->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "2");
  expect_sound(db());
}

// DuckDB keeps small changes in the catalog unless it is told otherwise: no fault of the lake.
TEST_F(FaultsTest, WhatAnotherProgramInlinedIsCounted) {
  load("1", append_to("t"), "SELECT range AS id FROM range(10)");
  load("2", append_to("u"), "SELECT range AS id FROM range(10)");
  db_.reset();
  workspace_.reset();
  close_idle_workspaces();
  {
    engine::Instance instance(
        {.memory_limit_bytes = 0, .threads = 0, .temp_directory = {}, .extensions = {"ducklake"}});
    engine::Connection foreign(instance);
    foreign.run("ATTACH 'ducklake:" + (root_folder() / "main" / kCatalogFile).string() +
                "' AS x (DATA_PATH '" + (root_folder() / "main" / "data").string() +
                "/', OVERRIDE_DATA_PATH true)");
    foreign.run("INSERT INTO x.s.t VALUES (1000), (1001)");
    foreign.run("DELETE FROM x.s.t WHERE id IN (3, 1000)");
    foreign.run("DELETE FROM x.s.u WHERE id = 4");
  }
  open();
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "10");
  expect_sound(db());
  load("3", upsert_into("t", "id"), "SELECT unnest([3, 5, 1001]) AS id");
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "11");
  TableSpec replace = append_to("u");
  replace.disposition = Disposition::kReplace;
  load("4", replace, "SELECT 1::BIGINT AS id");
  expect_sound(db());
}

TEST_F(FaultsTest, AnEngineThatDiesIsReplaced) {
  workspace().create_database("other");
  load("1", append_to("t"), "SELECT 1::BIGINT AS id");
  auto session = db().open_session({});
  auto pending = staged(db(), "2", append_to("t"), "SELECT 2::BIGINT AS id");
  run("CREATE TABLE s.wide(d DECIMAL(38, 0))");
  const fs::path wide = write_hex(root_folder() / "main" / "data" / "wide.parquet", kWideDecimal);
  {
    // What staging keeps out: such a file invalidates the whole instance, every lake in it.
    auto connection = lake()->connect();
    EXPECT_ANY_THROW(connection->run("CALL ducklake_add_data_files('" + lake()->alias() +
                                     "', 'wide', '" + wide.string() +
                                     "', schema => 's', ignore_extra_columns => true)"));
    EXPECT_EQ(code_of([&] { connection->run("SELECT 1"); }), ErrorCode::kUnavailable);
  }
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1");
  EXPECT_EQ(code_of([&] { rows(*session, "INSERT INTO s.t VALUES (9)"); }),
            ErrorCode::kUnavailable);
  session.reset();
  pending->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "2");
  EXPECT_TRUE(workspace().open_database("other")->list_schemas().size() > 0);
  fs::remove(wide);
  open();
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "2");
  expect_sound(db());
}

TEST_F(FaultsTest, AFullDiskFailsTheLoadAndHarmsNothing) {
  make_directories(root_folder());
  if (::geteuid() != 0 || ::mount("tmpfs", root_folder().c_str(), "tmpfs", 0, "size=12m") != 0) {
    GTEST_SKIP() << "mounting a small file system takes root";
  }
  load("1", append_to("t"), "SELECT range AS id FROM range(1000)");
  const fs::path large = parquet("SELECT range AS id, md5(range::VARCHAR) AS v FROM range(700000)");
  {
    auto load = db().open_load({"s", "", "2"});
    TableSpec spec = append_to("t");
    load->declare({spec});
    const auto stage = [&] { load->stage_file("t", "job", large.string(), {}); };
    EXPECT_EQ(code_of(stage), ErrorCode::kExhausted);
    EXPECT_THAT(message_of(stage),
                testing::StartsWith("no room is left on the disk of the lake, in " +
                                    (root_folder() / "main" / "staging").string()));
    EXPECT_TRUE(load->staged().empty());
    load->abort();
  }
  EXPECT_EQ(code_of([&] {
              run("CREATE TABLE s.u AS SELECT md5(range::VARCHAR) AS v FROM range(1000000)");
            }),
            ErrorCode::kExhausted);
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1000");
  open();
  MaintenanceOptions options;
  options.grace_seconds = 0;
  db().maintain(options);
  load("3", append_to("t"), "SELECT range AS id FROM range(1000)");
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "2000");
  expect_sound(db());
  db_.reset();
  workspace_.reset();
  close_idle_workspaces();
  ::umount(root_folder().c_str());
}

}  // namespace
}  // namespace hotload::lake
