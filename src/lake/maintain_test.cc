// SPDX-License-Identifier: Apache-2.0
#include "lake/maintain.h"

#include "lake/compaction.h"
#include "lake/orphans.h"
#include "lake/testing.h"

namespace hotload::lake {
namespace {

class MaintainTest : public LakeTest {
 protected:
  void append(int from, int to) {
    for (int i = from; i < to; ++i) {
      load("a" + std::to_string(i), append_to("t"),
           "SELECT range AS id, " + std::to_string(i) + " AS batch FROM range(100)");
    }
  }
  static MaintenanceOptions thorough() {
    MaintenanceOptions options;
    options.grace_seconds = 0;
    return options;
  }
};

TEST_F(MaintainTest, JoinsSmallFilesAndKeepsEveryVersion) {
  append(0, 12);
  const std::vector<Receipt> history = db().history(0);
  const MaintenanceReport report = db().maintain({});
  EXPECT_GE(report.tables_compacted, 2) << "the table and the receipts";
  EXPECT_EQ(live_files("t").size(), 1U);
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1200");
  for (size_t i = 0; i < history.size(); ++i) {
    EXPECT_EQ(text("SELECT count(*) FROM s.t AT (VERSION => " +
                   std::to_string(history[i].snapshot) + ")"),
              std::to_string((history.size() - i) * 100));
  }
  EXPECT_EQ(db().history(0), history) << "maintenance is no load";
  expect_sound(db());
}

TEST_F(MaintainTest, IsIdempotent) {
  append(0, 12);
  db().maintain({});
  const MaintenanceReport again = db().maintain({});
  EXPECT_EQ(again.tables_compacted, 0);
  EXPECT_EQ(again.files_merged, 0);
}

TEST_F(MaintainTest, LeavesFewFilesAlone) {
  append(0, 3);
  EXPECT_EQ(db().maintain({}).tables_compacted, 0);
}

TEST_F(MaintainTest, RewritesFilesWithDeletedRows) {
  for (int i = 0; i < 12; ++i) {
    load("u" + std::to_string(i), upsert_into("t", "id"),
         "SELECT range AS id, " + std::to_string(i) + " AS v FROM range(" + std::to_string(i * 10) +
             ", " + std::to_string(i * 10 + 20) + ")");
  }
  const std::string before = text("SELECT sum(hash(id, v)) FROM s.t");
  db().maintain({});
  db().maintain({});
  EXPECT_LE(live_files("t").size(), 3U);
  EXPECT_EQ(text("SELECT sum(hash(id, v)) FROM s.t"), before);
  expect_sound(db());
}

TEST_F(MaintainTest, JoinsWithinPartitions) {
  TableSpec spec = append_to("t");
  spec.partition = {{"identity", "k", 0}};
  for (int i = 0; i < 12; ++i) {
    load("p" + std::to_string(i), spec, "SELECT range AS id, range % 3 AS k FROM range(30)");
  }
  EXPECT_EQ(live_files("t").size(), 36U);
  db().maintain({});
  EXPECT_EQ(live_files("t").size(), 3U);
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE k = 1"), "120");
  expect_sound(db());
}

TEST_F(MaintainTest, KeepsAnswersRightWhereColumnsHoldNaN) {
  for (int i = 0; i < 10; ++i) {
    load("n" + std::to_string(i), append_to("t"),
         "SELECT range AS id, CASE WHEN range % 1000 = 0 THEN 'nan'::DOUBLE ELSE range END AS x "
         "FROM range(30000)");
  }
  const std::string pruned = "SELECT count(*) FROM s.t WHERE x > 29990";
  const std::string whole = "SELECT count(*) FROM s.t WHERE x + 0 > 29990";
  EXPECT_EQ(text(pruned), text(whole));
  db().maintain({});
  EXPECT_LT(live_files("t").size(), 10U);
  EXPECT_EQ(text(whole), "390");
  EXPECT_EQ(text(pruned), text(whole));
}

TEST_F(MaintainTest, JoinsFilesOfWhichOnlyTheFirstHoldsNaN) {
  for (int i = 0; i < 10; ++i) {
    load("n" + std::to_string(i), append_to("t"),
         "SELECT range AS id, CASE WHEN range = 5 AND " + std::to_string(i) +
             " = 0 THEN 'nan'::DOUBLE ELSE 1.0 END AS x FROM range(30000)");
  }
  db().maintain({});
  EXPECT_LT(live_files("t").size(), 10U);
  EXPECT_EQ(text("SELECT id FROM s.t WHERE x > 100"), "5");
}

TEST_F(MaintainTest, RemovesReplacedFilesOnlyAfterTheGraceTime) {
  append(0, 12);
  const std::vector<CatalogFile> before = live_files("t");
  db().maintain({});
  for (const CatalogFile& file : before) EXPECT_TRUE(fs::exists(file.path));
  const MaintenanceReport report = db().maintain(thorough());
  EXPECT_GT(report.bytes_freed, 0);
  for (const CatalogFile& file : before) EXPECT_FALSE(fs::exists(file.path));
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1200");
  expect_sound(db());
}

TEST_F(MaintainTest, RemovesNothingWhileSomebodyReads) {
  append(0, 12);
  const std::vector<CatalogFile> before = live_files("t");
  auto session = db().open_session({});
  ArrowStream stream = session->query("SELECT * FROM s.t", {});
  db().maintain(thorough());
  EXPECT_EQ(db().maintain(thorough()).bytes_freed, 0);
  for (const CatalogFile& file : before) EXPECT_TRUE(fs::exists(file.path));
  tool_.scan_stream("answer", stream.get());
  EXPECT_EQ(tool_.integer("SELECT count(*) FROM answer"), 1200);
  stream.reset();
  EXPECT_GT(db().maintain(thorough()).bytes_freed, 0);
}

TEST_F(MaintainTest, ATransactionOlderThanACompactionDoesNotWrite) {
  append(0, 12);
  auto session = db().open_session({});
  session->begin();
  EXPECT_EQ(rows(*session, "SELECT count(*) FROM s.t").at(0).at(0), "1200");
  db().maintain({});
  EXPECT_EQ(rows(*session, "SELECT count(*) FROM s.t").at(0).at(0), "1200");
  EXPECT_EQ(code_of([&] { rows(*session, "DELETE FROM s.t WHERE batch = 3"); }),
            ErrorCode::kConflict);
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1200");
  run("DELETE FROM s.t WHERE batch = 3");
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1100");
}

TEST_F(MaintainTest, RetentionExpiresSnapshotsAndKeepsReceipts) {
  append(0, 4);
  MaintenanceOptions options = thorough();
  options.retention_seconds = 0;
  EXPECT_GT(db().maintain(options).snapshots_expired, 0);
  EXPECT_EQ(db().history(0).size(), 4U);
  open();
  EXPECT_EQ(db().history(0).size(), 4U);
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "400");
  const std::string first = std::to_string(db().history(0).back().snapshot);
  EXPECT_EQ(code_of([&] { text("SELECT count(*) FROM s.t AT (VERSION => " + first + ")"); }),
            ErrorCode::kExpired);
  EXPECT_EQ(code_of([&] { text("SELECT count(*) FROM s.t AT (VERSION => 4711)"); }),
            ErrorCode::kNotFound);
  expect_sound(db());
}

TEST_F(MaintainTest, ADryRunChangesNothing) {
  append(0, 12);
  MaintenanceOptions options = thorough();
  options.retention_seconds = 0;
  options.dry_run = true;
  const fs::path orphan = lake()->data_folder() / "nobody.parquet";
  write_file_synced(orphan, "x");
  const MaintenanceReport report = db().maintain(options);
  EXPECT_GT(report.tables_compacted, 0);
  EXPECT_GT(report.snapshots_expired, 0);
  EXPECT_EQ(report.orphans_removed, 1);
  EXPECT_TRUE(fs::exists(orphan));
  EXPECT_EQ(live_files("t").size(), 12U);
}

TEST_F(MaintainTest, SweepsOrphansAndNothingElse) {
  append(0, 3);
  run("DELETE FROM s.t WHERE id < 10");
  auto pending = staged(db(), "pending", append_to("t"), "SELECT 1::BIGINT AS id, 1 AS batch");
  const fs::path orphan = lake()->data_folder() / "s" / "t" / "nobody.parquet";
  write_file_synced(orphan, "x");
  const fs::path half = lake()->staging_folder() / "half";
  make_directories(half / "jobs");
  EXPECT_EQ(db().maintain({}).orphans_removed, 0) << "too young";
  EXPECT_EQ(db().maintain(thorough()).orphans_removed, 1);
  EXPECT_FALSE(fs::exists(orphan));
  EXPECT_TRUE(fs::exists(half)) << "a load may be about to begin in it";
  const std::vector<Orphan> staging = orphaned_staging(*lake(), 0);
  ASSERT_EQ(staging.size(), 1U);
  EXPECT_EQ(staging[0].path, half);
  pending->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "271");
  expect_sound(db());
}

TEST_F(MaintainTest, HappensByItselfAfterManyCommits) {
  options_.auto_maintenance = true;
  append(0, 40);
  EXPECT_LT(live_files("t").size(), 25U);
  EXPECT_LT(live_files("receipts").size(), 25U);
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "4000");
  EXPECT_EQ(db().history(0).size(), 40U);
  expect_sound(db());
}

CompactionGain gain(const std::string& table, int64_t joins, int64_t bytes) {
  CompactionGain gain;
  gain.table = table;
  gain.joins_saved = joins;
  gain.join_bytes = bytes;
  return gain;
}

TEST(CompactionChoice, TakesTheMostRewardingThatFitTheBudget) {
  const std::vector<CompactionGain> chosen = choose_compactions(
      {gain("few", 3, 1), gain("some", 10, 40), gain("most", 90, 50), gain("large", 50, 200)}, 100);
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_EQ(chosen[0].table, "most");
  EXPECT_EQ(chosen[1].table, "some");
}

}  // namespace
}  // namespace hotload::lake
