// SPDX-License-Identifier: Apache-2.0
#include "lake/undo.h"

#include "lake/testing.h"

namespace hotload::lake {

namespace {

using ::testing::HasSubstr;

class UndoTest : public LakeTest {
 protected:
  std::string rows_of(const std::string& table = "t") {
    return text("SELECT string_agg(id || coalesce(v, '-'), ',' ORDER BY id, v) FROM s." + table);
  }
  void expect_refused(const std::string& load_id, const std::string& why) {
    const std::string before = text(
        "SELECT max(snapshot_id) FROM "
        "__ducklake_metadata_lake_main.ducklake_snapshot");
    EXPECT_EQ(code_of([&] { db().undo(load_id); }), ErrorCode::kFailedPrecondition);
    EXPECT_THAT(message_of([&] { db().undo(load_id); }), HasSubstr(why));
    EXPECT_EQ(text("SELECT max(snapshot_id) FROM "
                   "__ducklake_metadata_lake_main.ducklake_snapshot"),
              before);
  }
};

TEST_F(UndoTest, RowsAreAsBeforeTheLoadAndLaterOnesStay) {
  load("one", upsert_into("t", "id"), "SELECT 1 AS id, 'a' AS v UNION ALL SELECT 2, 'b'");
  load("two", upsert_into("t", "id"), "SELECT 2 AS id, 'c' AS v UNION ALL SELECT 3, 'd'");
  load("three", upsert_into("t", "id"), "SELECT 1 AS id, 'z' AS v UNION ALL SELECT 4, 'e'");
  const Receipt undone = db().undo("two");
  EXPECT_EQ(rows_of(), "1z,2b,4e");
  EXPECT_EQ(undone.key, (LoadKey{"s", "", "undo:two"}));
  ASSERT_EQ(undone.tables.size(), 1U);
  EXPECT_EQ(undone.tables[0].updated, 1);
  EXPECT_EQ(undone.tables[0].deleted, 1);
  EXPECT_EQ(undone.tables[0].inserted, 0);
  EXPECT_EQ(db().history(1).at(0), undone);
  EXPECT_EQ(db().undo("two"), undone);
  EXPECT_EQ(rows_of(), "1z,2b,4e");
  expect_sound(db());
  // The key still holds, for scrub and for the next load.
  load("four", upsert_into("t", "id"), "SELECT 3 AS id, 'f' AS v");
  EXPECT_EQ(db().diff({"undo:two"}).tables.at(0).key, std::vector<std::string>{"id"});
}

TEST_F(UndoTest, IsFoundAgainInANewProcess) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v");
  const Receipt undone = db().undo("one");
  open();
  EXPECT_EQ(db().undo("one"), undone);
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "0");
}

TEST_F(UndoTest, EqualRowsGoAsOftenAsTheyCame) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v FROM range(3)");
  load("two", append_to("t"), "SELECT 1 AS id, 'a' AS v FROM range(2)");
  load("null", append_to("t"), "SELECT 2 AS id, NULL::VARCHAR AS v");
  load("three", append_to("t"), "SELECT 5 AS id, 'a' AS v");
  db().undo("one");
  EXPECT_EQ(rows_of(), "1a,1a,2-,5a");
  db().undo("null");
  EXPECT_EQ(rows_of(), "1a,1a,5a");
}

TEST_F(UndoTest, SeveralTablesAtOnceAndAfterMaintenance) {
  load("one", upsert_into("t", "id"), "SELECT range::INTEGER AS id, 'a' AS v FROM range(5)");
  auto both = staged(db(), "two", upsert_into("t", "id"), "SELECT 4 AS id, 'b' AS v");
  both->insert_rows({{"t2", {"id"}, {"1"}}});
  TableSpec other = append_to("t2");
  other.columns = {{"id", "BIGINT", true}, {"v", "VARCHAR", true}};
  both->declare({other});
  both->commit();
  for (int i = 0; i < 10; ++i) {
    load("later" + std::to_string(i), upsert_into("t", "id"),
         "SELECT 0 AS id, 'n" + std::to_string(i) + "' AS v");
  }
  EXPECT_GT(db().maintain({}).files_merged, 0);
  EXPECT_EQ(db().undo("two").tables.size(), 2U);
  EXPECT_EQ(rows_of(), "0n9,1a,2a,3a,4a");
  EXPECT_EQ(text("SELECT count(*) FROM s.t2"), "0");
  expect_sound(db());
}

TEST_F(UndoTest, IsRefusedWhereALaterLoadTouchedTheSameKeys) {
  load("one", upsert_into("t", "id"), "SELECT 1 AS id, 'a' AS v UNION ALL SELECT 2, 'b'");
  load("two", upsert_into("t", "id"), "SELECT 2 AS id, 'c' AS v");
  load("three", upsert_into("t", "id"), "SELECT 2 AS id, 'd' AS v");
  expect_refused("two", "load three changed the same rows of table s.t");
  db().undo("three");
  db().undo("two");
  EXPECT_EQ(rows_of(), "1a,2b");
}

TEST_F(UndoTest, WithoutAKeyItIsRefusedWhereRowsAreGone) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v UNION ALL SELECT 2, 'b'");
  load("two", append_to("t"), "SELECT 3 AS id, 'c' AS v");
  run("DELETE FROM s.t WHERE id = 1");
  expect_refused("one", "changed the same rows of table s.t");
  EXPECT_EQ(db().undo("two").tables.at(0).deleted, 1);
  EXPECT_EQ(rows_of(), "2b");
}

TEST_F(UndoTest, IsRefusedWhereALaterLoadBroughtTheSameRowAgain) {
  load("one", upsert_into("t", "id"), "SELECT 1 AS id, 'a' AS v");
  load("two", upsert_into("t", "id"), "SELECT 1 AS id, 'b' AS v");
  load("three", upsert_into("t", "id"), "SELECT 1 AS id, 'b' AS v");
  expect_refused("two", "load three changed the same rows of table s.t");
  db().undo("three");
  db().undo("undo:three");
  expect_refused("two", "load three changed the same rows of table s.t");
  db().undo("undo:undo:three");
  db().undo("two");
  EXPECT_EQ(rows_of(), "1a");
}

TEST_F(UndoTest, WithoutAKeyItIsRefusedWhereALaterLoadBroughtTheRowBack) {
  TableSpec spec = append_to("t");
  spec.disposition = Disposition::kReplace;
  const std::string x = "SELECT 1 AS id, 'x' AS v";
  load("one", spec, x + " UNION ALL SELECT 2, 'w'");
  load("two", spec, x);
  load("three", spec, x + " UNION ALL SELECT 2, 'w'");
  expect_refused("two", "load three changed the same rows of table s.t");
  db().undo("three");
  db().undo("two");
  EXPECT_EQ(rows_of(), "1x,2w");
}

TEST_F(UndoTest, IsRefusedWhereTheTableIsAnotherNow) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v");
  load("u1", append_to("u"), "SELECT 1 AS id, 'a' AS v");
  load("wide", append_to("t"), "SELECT 2 AS id, 'b' AS v, 3 AS w");
  expect_refused("one", "table s.t was altered by load wide");
  run("DROP TABLE s.u");
  expect_refused("u1", "table s.u was dropped by snapshot");
  auto dropping = db().open_load({"s", "", "drops"});
  dropping->drop_tables({"t"});
  dropping->commit();
  expect_refused("drops", "it dropped table s.t");
  EXPECT_EQ(code_of([&] { db().undo("never"); }), ErrorCode::kNotFound);
}

TEST_F(UndoTest, ColumnsThatTheLoadAddedStay) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v");
  load("wide", append_to("t"), "SELECT 2 AS id, 'b' AS v, 3 AS w");
  db().undo("wide");
  EXPECT_EQ(rows_of(), "1a");
  EXPECT_EQ(text("SELECT count(w) FROM s.t"), "0");
}

TEST_F(UndoTest, AnUndoIsALoadAndCanBeUndone) {
  load("one", upsert_into("t", "id"), "SELECT 1 AS id, 'a' AS v");
  load("two", upsert_into("t", "id"), "SELECT 1 AS id, 'b' AS v");
  db().undo("two");
  EXPECT_EQ(rows_of(), "1a");
  const Receipt again = db().undo("undo:two");
  EXPECT_EQ(rows_of(), "1b");
  EXPECT_EQ(db().undo("undo:two"), again);
  expect_refused("two", "load undo:undo:two brought its rows again");
  db().undo("undo:undo:two");
  EXPECT_EQ(rows_of(), "1a");
  EXPECT_EQ(db().undo("two").key.load_id, "undo:two");
  EXPECT_EQ(rows_of(), "1a");
}

TEST_F(UndoTest, WhatExpiredCannotBeUndone) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v");
  load("two", append_to("t"), "SELECT 2 AS id, 'b' AS v");
  db().maintain({.compact = false, .sweep = false, .retention_seconds = 0});
  EXPECT_EQ(code_of([&] { db().undo("two"); }), ErrorCode::kExpired);
}

}  // namespace

}  // namespace hotload::lake
