// SPDX-License-Identifier: Apache-2.0
#include "lake/publish.h"

#include <algorithm>

#include "lake/testing.h"

namespace hotload::lake {

namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PublishTest : public LakeTest {
 protected:
  void fill() {
    load("one", upsert_into("t", "id"), "SELECT range::INTEGER AS id, 'a' AS v FROM range(5)");
    load("u", append_to("u"), "SELECT 1 AS id");
    load("gone", append_to("gone"), "SELECT 1 AS id");
    branch_ = workspace().fork_database("main", "branch");
  }
  std::string sum(Database& database) {
    return text(database, "SELECT string_agg(id || v, ',' ORDER BY id) FROM s.t");
  }
  std::shared_ptr<Database> branch_;
};

TEST_F(PublishTest, BringsTheNetChangeInOneCommit) {
  fill();
  const int64_t before = db().history(1).at(0).snapshot;
  load(*branch_, "b1", upsert_into("t", "id"), "SELECT 1 AS id, 'b' AS v UNION ALL SELECT 7, 'n'");
  load(*branch_, "b2", upsert_into("t", "id"), "SELECT 1 AS id, 'c' AS v");
  run(*branch_, "DELETE FROM s.t WHERE id = 4");
  load(*branch_, "b3", append_to("u"), "SELECT 2 AS id, 'w' AS w");
  TableSpec partitioned = append_to("fresh");
  partitioned.partition = {{"bucket", "id", 4}, {"year", "day", 0}};
  partitioned.sort = {{"id", true}};
  load(*branch_, "b4", partitioned, "SELECT 1 AS id, DATE '2026-01-02' AS day");
  run(*branch_, "DROP TABLE s.gone");
  run(*branch_, "CREATE TABLE main.other AS SELECT 5 AS x");

  const std::vector<Receipt> receipts = workspace().publish_database("branch");
  EXPECT_EQ(receipts.size(), 2U);
  for (const Receipt& receipt : receipts) {
    EXPECT_EQ(receipt.snapshot, before + 1);
    EXPECT_THAT(receipt.key.load_id, HasSubstr("publish:branch@"));
  }
  EXPECT_EQ(sum(db()), "0a,1c,2a,3a,7n");
  EXPECT_EQ(text("SELECT string_agg(id || coalesce(w, '-'), ',' ORDER BY id) FROM s.u"), "1-,2w");
  EXPECT_EQ(text("SELECT count(*) FROM s.fresh"), "1");
  EXPECT_EQ(text("SELECT x FROM main.other"), "5");
  EXPECT_EQ(code_of([&] { text("SELECT count(*) FROM s.gone"); }), ErrorCode::kNotFound);
  const char* layout =
      "SELECT string_agg(transform, ',' ORDER BY partition_key_index) FROM "
      "__ducklake_metadata_lake_main.ducklake_partition_column";
  EXPECT_THAT(text(layout), HasSubstr("bucket(4),year"));
  EXPECT_EQ(text("SELECT sort_direction FROM "
                 "__ducklake_metadata_lake_main.ducklake_sort_expression"),
            "DESC");
  EXPECT_EQ(db().diff({std::to_string(before)}).tables.at(2).key, std::vector<std::string>{"id"});
  expect_sound(db());

  // Once; and a branch that went on is another one.
  EXPECT_EQ(workspace().publish_database("branch"), receipts);
  open();
  EXPECT_EQ(workspace().publish_database("branch"), receipts);
  branch_ = workspace().open_database("branch");
  load(*branch_, "b5", append_to("u"), "SELECT 3 AS id, 'w' AS w");
  EXPECT_THAT(message_of([&] { workspace().publish_database("branch"); }),
              HasSubstr("load publish:branch@"));
}

TEST_F(PublishTest, IsRefusedWhenTheParentHasMoved) {
  fill();
  load(*branch_, "b1", append_to("u"), "SELECT 2 AS id");
  load("meanwhile", append_to("u"), "SELECT 3 AS id");
  EXPECT_EQ(code_of([&] { workspace().publish_database("branch"); }),
            ErrorCode::kFailedPrecondition);
  EXPECT_THAT(message_of([&] { workspace().publish_database("branch"); }),
              HasSubstr("load meanwhile"));
  EXPECT_EQ(text("SELECT sum(id) FROM s.u"), "4");
}

TEST_F(PublishTest, MaintenanceOnEitherSideIsNoMove) {
  for (int i = 0; i < 10; ++i) load(std::to_string(i), append_to("u"), "SELECT 1 AS id");
  fill();
  EXPECT_GT(db().maintain({}).files_merged, 0);
  EXPECT_GT(branch_->maintain({}).files_merged, 0);
  EXPECT_THAT(workspace().publish_database("branch"), IsEmpty());
  load(*branch_, "b1", append_to("u"), "SELECT 2 AS id");
  branch_->maintain({});
  EXPECT_EQ(workspace().publish_database("branch").size(), 1U);
  EXPECT_EQ(text("SELECT sum(id) FROM s.u"), "13");
}

TEST_F(PublishTest, ATableWhoseColumnsWidenedIsReplaced) {
  fill();
  load(*branch_, "wide", upsert_into("t", "id"), "SELECT 3000000000 AS id, 'w' AS v");
  const std::vector<Receipt> receipts = workspace().publish_database("branch");
  EXPECT_TRUE(receipts.at(0).tables.at(0).dropped);
  EXPECT_EQ(sum(db()), "0a,1a,2a,3a,4a,3000000000w");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id = 3000000000"), "1");
  expect_sound(db());
}

TEST_F(PublishTest, ColumnsOfTheSameNameAreToldApart) {
  fill();
  run(*branch_, "ALTER TABLE s.t DROP COLUMN v");
  run(*branch_, "ALTER TABLE s.t ADD COLUMN v VARCHAR");
  run(*branch_, "ALTER TABLE s.u ADD COLUMN w INTEGER DEFAULT 5");
  run(*branch_, "INSERT INTO s.u VALUES (2, 6)");
  const DatabaseDiff diff = branch_->diff({std::to_string(db().history(1).at(0).snapshot)});
  EXPECT_TRUE(std::ranges::any_of(
      diff.tables, [](const TableDiff& table) { return table.table == "t" && table.altered; }));
  workspace().publish_database("branch");
  EXPECT_EQ(text("SELECT count(*) || '/' || count(v) FROM s.t"), "5/0");
  EXPECT_EQ(text("SELECT string_agg(id || '-' || w, ',' ORDER BY id) FROM s.u"), "1-5,2-6");
  expect_sound(db());
}

TEST_F(PublishTest, AddedStructsComeAndAddedFieldsReplaceTheTable) {
  fill();
  run("CREATE TABLE s.p AS SELECT 1 AS id, {'x': 1} AS st");
  workspace().drop_database("branch");
  branch_ = workspace().fork_database("main", "branch");
  run(*branch_, "ALTER TABLE s.u ADD COLUMN st STRUCT(x INTEGER, l INTEGER[])");
  run(*branch_, "INSERT INTO s.u VALUES (2, {'x': 3, 'l': [4]})");
  run(*branch_, "ALTER TABLE s.p ADD COLUMN st.y INTEGER");
  run(*branch_, "UPDATE s.p SET st = {'x': 1, 'y': 2}");
  const std::vector<Receipt> receipts = workspace().publish_database("branch");
  for (const TableReceipt& table : receipts.at(0).tables) {
    EXPECT_EQ(table.dropped, table.table == "p");
  }
  EXPECT_EQ(text("SELECT st.l[1] FROM s.u WHERE id = 2"), "4");
  EXPECT_EQ(text("SELECT st.x + st.y FROM s.p"), "3");
  expect_sound(db());
}

TEST_F(PublishTest, OnlyIntoTheDatabaseThatItWasMadeFrom) {
  fill();
  EXPECT_EQ(code_of([&] { workspace().publish_database("main"); }), ErrorCode::kInvalidArgument);
  load(*branch_, "b1", append_to("u"), "SELECT 2 AS id");
  db_.reset();
  workspace().drop_database("main");
  EXPECT_EQ(code_of([&] { workspace().publish_database("branch"); }), ErrorCode::kNotFound);
  workspace().create_database("main");
  EXPECT_EQ(code_of([&] { workspace().publish_database("branch"); }),
            ErrorCode::kFailedPrecondition);
}

}  // namespace

}  // namespace hotload::lake
