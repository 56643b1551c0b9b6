// SPDX-License-Identifier: Apache-2.0
#include "lake/fork.h"

#include "lake/layout.h"
#include "lake/testing.h"

namespace hotload::lake {
namespace {

class ForkTest : public LakeTest {
 protected:
  void fill() {
    load("1", append_to("t"), "SELECT range AS id, 'a' AS v FROM range(1000)");
    load("2", upsert_into("t", "id"), "SELECT range AS id, 'b' AS v FROM range(10)");
    run("CREATE TABLE s.\"odd / ü\" AS SELECT 1 AS x");
  }
};

TEST_F(ForkTest, HasTheSameRowsHistoryAndReceipts) {
  fill();
  auto fork = workspace().fork_database("main", "fork");
  EXPECT_EQ(text(*fork, "SELECT count(*) FROM s.t"), "1000");
  EXPECT_EQ(text(*fork, "SELECT count(*) FROM s.t WHERE v = 'b'"), "10");
  EXPECT_EQ(text(*fork, "SELECT x FROM s.\"odd / ü\""), "1");
  EXPECT_EQ(fork->history(0), db().history(0));
  const int64_t first = db().history(0).back().snapshot;
  EXPECT_EQ(text(*fork, "SELECT count(*) FROM s.t AT (VERSION => " + std::to_string(first) +
                            ") WHERE v = 'a'"),
            "1000");
  expect_sound(*fork);
}

TEST_F(ForkTest, KnowsTheLoadsOfItsSource) {
  fill();
  auto fork = workspace().fork_database("main", "fork");
  auto again = fork->open_load({"s", "", "1"});
  ASSERT_TRUE(again->receipt().has_value());
  EXPECT_EQ(again->commit(), *again->receipt());
  EXPECT_EQ(text(*fork, "SELECT count(*) FROM s.t"), "1000");
}

TEST_F(ForkTest, RewritesNoDataFile) {
  fill();
  workspace().fork_database("main", "fork");
  for (const CatalogFile& file : files("fork")) {
    EXPECT_EQ(fs::hard_link_count(file.path), 2U) << file.path;
    EXPECT_TRUE(file.path.string().starts_with((root_folder() / "fork").string())) << file.path;
  }
}

TEST_F(ForkTest, BothSidesGoTheirOwnWays) {
  fill();
  auto fork = workspace().fork_database("main", "fork");
  for (int i = 0; i < 10; ++i) {
    load(*fork, "f" + std::to_string(i), append_to("t"),
         "SELECT " + std::to_string(5000 + i) + "::BIGINT AS id, 'f' AS v");
  }
  load("3", upsert_into("t", "id"), "SELECT range AS id, 'c' AS v FROM range(20)");
  MaintenanceOptions all;
  all.retention_seconds = 0;
  all.grace_seconds = 0;
  EXPECT_GT(fork->maintain(all).files_merged, 0);
  EXPECT_EQ(text(*fork, "SELECT count(*) FROM s.t"), "1010");
  EXPECT_EQ(text(*fork, "SELECT count(*) FROM s.t WHERE v = 'c'"), "0");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE v = 'c'"), "20");
  db().maintain(all);
  expect_sound(db());
  expect_sound(*fork);
  workspace().drop_database("main");
  EXPECT_EQ(text(*fork, "SELECT count(*) FROM s.t"), "1010");
  expect_sound(*fork);
}

TEST_F(ForkTest, SurvivesReopeningAndMovingTheFolder) {
  fill();
  workspace().fork_database("main", "fork");
  db_.reset();
  workspace_.reset();
  close_idle_workspaces();
  fs::rename(root_folder(), folder_ / "moved");
  auto moved = open_workspace((folder_ / "moved").string(), options_);
  for (const char* name : {"main", "fork"}) {
    auto database = moved->open_database(name);
    EXPECT_EQ(text(*database, "SELECT count(*) FROM s.t"), "1000") << name;
    expect_sound(*database);
  }
}

TEST_F(ForkTest, RefusesNamesThatAreTakenOrMissing) {
  fill();
  EXPECT_EQ(code_of([&] { workspace().fork_database("main", "main"); }), ErrorCode::kAlreadyExists);
  EXPECT_EQ(code_of([&] { workspace().fork_database("nobody", "x"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { workspace().fork_database("main", "../x"); }),
            ErrorCode::kInvalidArgument);
}

TEST_F(ForkTest, OfADamagedDatabaseSaysSoAndLeavesNothing) {
  fill();
  fs::remove(live_files("t").front().path);
  EXPECT_EQ(code_of([&] { workspace().fork_database("main", "fork"); }), ErrorCode::kCorrupt);
  EXPECT_THAT(workspace().list_databases(), ::testing::ElementsAre("main"));
  for (const fs::directory_entry& entry : fs::directory_iterator(root_folder())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(kForkPrefix)) << entry.path();
  }
}

TEST_F(ForkTest, WhatACrashLeftOfAForkGoesWhenTheLakeIsOpened) {
  fill();
  make_directories(root_folder() / (std::string(kForkPrefix) + "x") / "data");
  open();
  EXPECT_FALSE(fs::exists(root_folder() / (std::string(kForkPrefix) + "x")));
  // Renamed, but not marked as a database yet.
  make_directories(root_folder() / "fork" / "data");
  EXPECT_THAT(workspace().list_databases(), ::testing::ElementsAre("main"));
  EXPECT_EQ(text(*workspace().fork_database("main", "fork"), "SELECT count(*) FROM s.t"), "1000");
}

}  // namespace
}  // namespace hotload::lake
