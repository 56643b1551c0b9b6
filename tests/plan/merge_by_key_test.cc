// SPDX-License-Identifier: Apache-2.0
// delete-insert, upsert, insert-only and cdc on a real lake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "merge_lake.h"
#include "specs.h"

namespace hotload::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(DeleteInsert, PrimaryOrMergeKeyMatchesAreReplaced) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kDeleteInsert);
  spec.merge_key = {"day"};
  lake.load({spec}, {{"orders",
                      {{R"({"id":1,"day":1,"v":"a"})", R"({"id":2,"day":2,"v":"a"})",
                        R"({"id":3,"day":2,"v":"a"})", R"({"id":4,"day":3,"v":"a"})"}}}});
  const Receipt receipt = lake.load(
      {spec}, {{"orders", {{R"({"id":1,"day":2,"v":"b"})", R"({"id":9,"day":9,"v":"b"})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "day", "v"}), ElementsAre("1 2 b", "4 3 a", "9 9 b"));
  EXPECT_EQ(of(receipt, "orders").inserted, 1);
  EXPECT_EQ(of(receipt, "orders").updated, 1);
  EXPECT_EQ(of(receipt, "orders").deleted, 2);
}

TEST(DeleteInsert, DuplicatesKeepTheFirstInDedupOrderElseTheLastStaged) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kDeleteInsert);
  const Staged staged{{"orders",
                       {{R"({"id":1,"at":2,"v":"a"})", R"({"id":1,"at":3,"v":"b"})"},
                        {R"({"id":1,"at":1,"v":"c"})", R"({"id":2,"v":"d"})"}}}};
  lake.load({spec}, staged);
  EXPECT_THAT(lake.rows("orders", {"id", "v"}), ElementsAre("1 c", "2 d"));
  spec.dedup_sort = {{"at", true}};
  lake.load({spec}, staged);
  EXPECT_THAT(lake.rows("orders", {"id", "v"}), ElementsAre("1 b", "2 d"));
  spec.dedup_sort = {{"at", false}};
  lake.load({spec}, staged);
  EXPECT_THAT(lake.rows("orders", {"id", "v"}), ElementsAre("1 c", "2 d"));
}

TEST(DeleteInsert, TheRowThatWinsItsKeyMayDeleteIt) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kDeleteInsert);
  spec.hard_delete = "gone";
  spec.dedup_sort = {{"at", true}};
  lake.load({spec},
            {{"orders", {{R"({"id":1,"v":"a"})", R"({"id":2,"v":"a"})", R"({"id":3,"v":"a"})"}}}});
  const Receipt receipt =
      lake.load({spec}, {{"orders",
                          {{R"({"id":1,"at":1,"v":"b"})", R"({"id":1,"at":2,"gone":true})",
                            R"({"id":2,"at":2,"v":"b","gone":false})",
                            R"({"id":2,"at":1,"gone":true})", R"({"id":8,"gone":true})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "v"}), ElementsAre("2 b", "3 a"));
  EXPECT_EQ(of(receipt, "orders").updated, 1);
  EXPECT_EQ(of(receipt, "orders").deleted, 1);
  EXPECT_EQ(of(receipt, "orders").inserted, 0);
}

TEST(DeleteInsert, AnyValueDeletesWhereTheColumnIsNoBoolean) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kDeleteInsert);
  spec.hard_delete = "at";
  lake.load({spec}, {{"orders", {{R"({"id":1})", R"({"id":2})"}}}});
  lake.load({spec}, {{"orders", {{R"({"id":1,"at":0})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id"}), ElementsAre("2"));
}

TEST(DeleteInsert, WithoutKeysItAppends) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kDeleteInsert);
  spec.primary_key.clear();
  for (int i = 0; i < 2; ++i) lake.load({spec}, {{"orders", {{R"({"id":1})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id"}), ElementsAre("1", "1"));
}

TEST(DeleteInsert, AKeyWithNullMatchesNothing) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kDeleteInsert);
  spec.primary_key = {"id", "day"};
  const Staged staged{{"orders", {{R"({"id":1,"v":"a"})", R"({"id":1,"v":"b"})"}}}};
  lake.load({spec}, staged);
  EXPECT_THAT(lake.rows("orders", {"v"}), ElementsAre("b"));  // yet NULLs are one key in a batch
  lake.load({spec}, staged);
  EXPECT_THAT(lake.rows("orders", {"v"}), ElementsAre("b", "b"));
}

class NestedRows : public testing::TestWithParam<bool> {};

TEST_P(NestedRows, GoWithTheirRootsAtAnyDepth) {
  MergeLake lake;
  const TableSpec root = orders(MergeStrategy::kDeleteInsert);
  const std::vector<TableSpec> specs{root, items(GetParam()), notes(GetParam())};
  lake.load(specs, {{"orders", {{R"({"id":1,"_dlt_id":"r1"})", R"({"id":2,"_dlt_id":"r2"})"}}},
                    {"orders__items",
                     {{R"({"v":"a","_dlt_id":"i1","_dlt_parent_id":"r1","_dlt_root_id":"r1"})",
                       R"({"v":"b","_dlt_id":"i2","_dlt_parent_id":"r2","_dlt_root_id":"r2"})"}}},
                    {"orders__items__notes",
                     {{R"({"v":"x","_dlt_id":"n1","_dlt_parent_id":"i1","_dlt_root_id":"r1"})",
                       R"({"v":"y","_dlt_id":"n2","_dlt_parent_id":"i2","_dlt_root_id":"r2"})"}}}});
  const Receipt receipt = lake.load(
      specs, {{"orders", {{R"({"id":1,"_dlt_id":"r3"})"}}},
              {"orders__items",
               {{R"({"v":"c","_dlt_id":"i3","_dlt_parent_id":"r3","_dlt_root_id":"r3"})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "_dlt_id"}), ElementsAre("1 r3", "2 r2"));
  EXPECT_THAT(lake.rows("orders__items", {"v"}), ElementsAre("b", "c"));
  EXPECT_THAT(lake.rows("orders__items__notes", {"v"}), ElementsAre("y"));
  EXPECT_EQ(of(receipt, "orders__items__notes").deleted, 1);
}

TEST_P(NestedRows, ComeWithTheRootsThatAreKeptAlone) {
  MergeLake lake;
  TableSpec root = orders(MergeStrategy::kDeleteInsert);
  root.hard_delete = "gone";
  lake.load({root, items(GetParam()), notes(GetParam())},
            {{"orders",
              {{R"({"id":1,"_dlt_id":"r1"})", R"({"id":1,"_dlt_id":"r2"})",
                R"({"id":2,"gone":true,"_dlt_id":"r3"})"}}},
             {"orders__items",
              {{R"({"v":"a","_dlt_id":"i1","_dlt_parent_id":"r1","_dlt_root_id":"r1"})",
                R"({"v":"b","_dlt_id":"i2","_dlt_parent_id":"r2","_dlt_root_id":"r2"})",
                R"({"v":"c","_dlt_id":"i3","_dlt_parent_id":"r3","_dlt_root_id":"r3"})"}}},
             {"orders__items__notes",
              {{R"({"v":"x","_dlt_id":"n1","_dlt_parent_id":"i1","_dlt_root_id":"r1"})",
                R"({"v":"y","_dlt_id":"n2","_dlt_parent_id":"i2","_dlt_root_id":"r2"})",
                R"({"v":"y2","_dlt_id":"n2","_dlt_parent_id":"i2","_dlt_root_id":"r2"})"}}}});
  EXPECT_THAT(lake.rows("orders", {"_dlt_id"}), ElementsAre("r2"));
  EXPECT_THAT(lake.rows("orders__items", {"v"}), ElementsAre("b"));
  EXPECT_THAT(lake.rows("orders__items__notes", {"v"}), ElementsAre("y2"));
}

TEST_P(NestedRows, OfAnUpsertAreReplacedByRowKey) {
  MergeLake lake;
  const std::vector<TableSpec> specs{orders(MergeStrategy::kUpsert), items(GetParam())};
  lake.load(specs,
            {{"orders", {{R"({"id":1,"_dlt_id":"r1"})", R"({"id":2,"_dlt_id":"r2"})"}}},
             {"orders__items",
              {{R"({"v":"a","_dlt_id":"r1.0","_dlt_parent_id":"r1","_dlt_root_id":"r1"})",
                R"({"v":"b","_dlt_id":"r1.1","_dlt_parent_id":"r1","_dlt_root_id":"r1"})",
                R"({"v":"c","_dlt_id":"r2.0","_dlt_parent_id":"r2","_dlt_root_id":"r2"})"}}}});
  const Receipt receipt = lake.load(
      specs, {{"orders", {{R"({"id":1,"v":"n","_dlt_id":"r1"})"}}},
              {"orders__items",
               {{R"({"v":"z","_dlt_id":"r1.0","_dlt_parent_id":"r1","_dlt_root_id":"r1"})"}}}});
  EXPECT_THAT(lake.rows("orders__items", {"v"}), ElementsAre("c", "z"));
  EXPECT_EQ(of(receipt, "orders__items").updated, 1);
  EXPECT_EQ(of(receipt, "orders__items").deleted, 1);
  EXPECT_EQ(of(receipt, "orders").updated, 1);
  EXPECT_EQ(of(receipt, "orders").inserted, 0);
}

// As when a key is 1 in one load and 1.0 in the next: dlt makes row keys of what is written there.
TEST_P(NestedRows, OfAnInsertOnlyRowThatWasSkippedStayAwayWhateverItsRowKey) {
  MergeLake lake;
  const std::vector<TableSpec> specs{orders(MergeStrategy::kInsertOnly), items(GetParam()),
                                     notes(GetParam())};
  const auto batch = [](const std::string& id, const std::string& key) {
    const std::string root = R"(,"_dlt_root_id":")" + key + "\"}";
    return Staged{
        {"orders", {{R"({"id":)" + id + R"(,"_dlt_id":")" + key + "\"}"}}},
        {"orders__items",
         {{R"({"v":"i","_dlt_id":")" + key + R"(.0","_dlt_parent_id":")" + key + "\"" + root}}},
        {"orders__items__notes",
         {{R"({"v":"n","_dlt_id":")" + key + R"(.0.0","_dlt_parent_id":")" + key + R"(.0")" +
           root}}}};
  };
  lake.load(specs, batch("1", "k1"));
  const Receipt receipt = lake.load(specs, batch("1.0", "k1.0"));
  EXPECT_EQ(of(receipt, "orders__items").inserted, 0);
  lake.load(specs, batch("2.0", "k2.0"));
  EXPECT_THAT(lake.rows("orders", {"id", "_dlt_id"}), ElementsAre("1 k1", "2 k2.0"));
  EXPECT_THAT(lake.rows("orders__items", {"_dlt_id"}), ElementsAre("k1.0", "k2.0.0"));
  EXPECT_THAT(lake.rows("orders__items__notes", {"_dlt_id"}), ElementsAre("k1.0.0", "k2.0.0.0"));
}

INSTANTIATE_TEST_SUITE_P(, NestedRows, testing::Bool(),
                         [](const auto& info) { return info.param ? "ByRootKey" : "ByParents"; });

TEST(Upsert, HardDeletesRemoveTheirKeys) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kUpsert);
  spec.hard_delete = "gone";
  lake.load({spec}, {{"orders", {{R"({"id":1,"v":"a"})", R"({"id":2,"v":"a"})"}}}});
  const Receipt receipt =
      lake.load({spec}, {{"orders",
                          {{R"({"id":1,"gone":true})", R"({"id":3,"gone":true})",
                            R"({"id":4,"v":"n","gone":false})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "v"}), ElementsAre("2 a", "4 n"));
  EXPECT_EQ(of(receipt, "orders").deleted, 1);
  EXPECT_EQ(of(receipt, "orders").inserted, 1);
}

TEST(Upsert, UnchangedRowsAreLeftAlone) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kUpsert);
  spec.skip_unchanged = true;
  lake.load({spec}, {{"orders", {{R"({"id":1,"v":"a"})", R"({"id":2})", R"({"id":3,"v":"a"})"}}}});
  const Receipt receipt = lake.load(
      {spec}, {{"orders",
                {{R"({"id":1,"v":"a","_dlt_id":"new"})", R"({"id":2})", R"({"id":3,"v":"b"})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "v", "_dlt_id"}), ElementsAre("1 a -", "2 - -", "3 b -"));
  EXPECT_EQ(of(receipt, "orders").updated, 1);
  EXPECT_EQ(of(receipt, "orders").inserted, 0);
}

// What a person or another pipeline writes beside the load's own columns.
void add_a_column_of_others(MergeLake& lake) {
  const auto session = lake.database().open_session({});
  for (const char* sql : {"ALTER TABLE s.orders ADD COLUMN note VARCHAR",
                          "UPDATE s.orders SET note = 'note ' || id"}) {
    session->query(sql, {});
  }
}

TEST(Upsert, ColumnsOfOthersAreKeptWhereThatIsAskedFor) {
  for (const bool skip_unchanged : {false, true}) {
    MergeLake lake;
    TableSpec spec = orders(MergeStrategy::kUpsert);
    spec.keep_undeclared = true;
    spec.skip_unchanged = skip_unchanged;
    lake.load({spec}, {{"orders", {{R"({"id":1,"v":"a"})", R"({"id":2,"v":"a"})"}}}});
    add_a_column_of_others(lake);
    const Receipt receipt =
        lake.load({spec}, {{"orders", {{R"({"id":1,"v":"b"})", R"({"id":3,"v":"c"})"}}}});
    EXPECT_THAT(lake.rows("orders", {"id", "v", "note"}),
                ElementsAre("1 b note 1", "2 a note 2", "3 c -"));
    EXPECT_EQ(of(receipt, "orders").updated, 1);
    EXPECT_EQ(of(receipt, "orders").inserted, 1);
  }
}

TEST(Upsert, RowsAreReplacedAsAWholeOtherwise) {
  MergeLake lake;
  const TableSpec spec = orders(MergeStrategy::kUpsert);
  lake.load({spec}, {{"orders", {{R"({"id":1,"v":"a"})", R"({"id":2,"v":"a"})"}}}});
  add_a_column_of_others(lake);
  lake.load({spec}, {{"orders", {{R"({"id":1,"v":"b"})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "v", "note"}), ElementsAre("1 b -", "2 a note 2"));
}

TEST(Upsert, ColumnsOfOthersAreKeptInNestedRowsAndWhereAKeyIsThereTwice) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kUpsert);
  TableSpec append = spec;
  append.disposition = Disposition::kAppend;
  spec.keep_undeclared = true;
  lake.load(
      {append, items()},
      {{"orders", {{R"({"id":1,"v":"a","_dlt_id":"o1"})", R"({"id":1,"v":"a","_dlt_id":"o1"})"}}},
       {"orders__items",
        {{R"({"v":"x","_dlt_id":"i1","_dlt_parent_id":"o1","_dlt_root_id":"o1"})"}}}});
  add_a_column_of_others(lake);
  const auto session = lake.database().open_session({});
  session->query("ALTER TABLE s.orders__items ADD COLUMN note VARCHAR", {});
  session->query("UPDATE s.orders__items SET note = 'kept'", {});
  lake.load({spec, items()},
            {{"orders", {{R"({"id":1,"v":"b","_dlt_id":"o1"})"}}},
             {"orders__items",
              {{R"({"v":"y","_dlt_id":"i1","_dlt_parent_id":"o1","_dlt_root_id":"o1"})",
                R"({"v":"z","_dlt_id":"i2","_dlt_parent_id":"o1","_dlt_root_id":"o1"})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "v", "note"}), ElementsAre("1 b note 1"));
  EXPECT_THAT(lake.rows("orders__items", {"v", "note"}), ElementsAre("y kept", "z -"));
}

TEST(Upsert, TheSourceFilterLeavesRowsOut) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kUpsert);
  spec.source_filter = "v <> '{{no}}'";
  lake.load({spec}, {{"orders", {{R"({"id":1,"v":"a"})"}}}});
  lake.load({spec}, {{"orders", {{R"({"id":1,"v":"{no}"})", R"({"id":2,"v":"b"})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "v"}), ElementsAre("1 a", "2 b"));
}

TEST(Upsert, ASourceFilterOverTheTableIsAskedOnce) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kUpsert);
  lake.load({spec}, {{"orders", {{R"({"id":1,"v":"m"})", R"({"id":2,"v":"e"})"}}}});
  spec.source_filter = "v > (SELECT max(v) FROM {table})";
  // Without row 1 the new row 2 would be admitted. Of the rows of key 3 the last is the one.
  const Receipt receipt = lake.load(
      {spec}, {{"orders",
                {{R"({"id":2,"v":"g"})", R"({"id":1,"v":"n"})"},
                 {R"({"id":3,"v":"z"})", R"({"id":3,"v":"a"})", R"({"id":4,"v":"x"})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "v"}), ElementsAre("1 n", "2 e", "4 x"));
  EXPECT_EQ(of(receipt, "orders").updated, 1);
  EXPECT_EQ(of(receipt, "orders").inserted, 1);
  EXPECT_EQ(of(receipt, "orders").deleted, 0);
}

TEST(Upsert, NestedRowsFollowASourceFilterOverTheTable) {
  MergeLake lake;
  std::vector<TableSpec> specs{orders(MergeStrategy::kUpsert), items()};
  specs[0].source_filter = "id NOT IN (SELECT id FROM {table} WHERE v = 'closed')";
  const auto batch = [](const std::string& v) {
    const auto item = [&](const std::string& id) {
      return R"({"v":")" + v + R"(","_dlt_id":")" + id + R"(.0","_dlt_parent_id":")" + id +
             R"(","_dlt_root_id":")" + id + R"("})";
    };
    return Staged{{"orders",
                   {{R"({"id":1,"v":"closed","_dlt_id":"r1"})",
                     R"({"id":2,"v":")" + v + R"(","_dlt_id":"r2"})"}}},
                  {"orders__items", {{item("r1"), item("r2")}}}};
  };
  lake.load(specs, batch("a"));
  lake.load(specs, batch("b"));
  EXPECT_THAT(lake.rows("orders", {"id", "v"}), ElementsAre("1 closed", "2 b"));
  EXPECT_THAT(lake.rows("orders__items", {"_dlt_id", "v"}), ElementsAre("r1.0 a", "r2.0 b"));
}

TEST(InsertOnly, ExistingKeysStay) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kInsertOnly);
  spec.hard_delete = "gone";
  lake.load({spec}, {{"orders", {{R"({"id":1,"v":"a"})", R"({"id":1,"v":"b"})"}}}});
  const Receipt receipt = lake.load(
      {spec},
      {{"orders", {{R"({"id":1,"v":"c"})", R"({"id":2,"v":"c"})", R"({"id":3,"gone":true})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "v"}), ElementsAre("1 b", "2 c"));
  EXPECT_EQ(of(receipt, "orders").inserted, 1);
  EXPECT_EQ(of(receipt, "orders").updated, 0);
}

// Whatever type the key has: what the engine takes for equal is one key.
TEST(InsertOnly, EqualKeysAreOneKeyHoweverTheyAreSpelt) {
  struct Case {
    const char* type;
    const char* first;
    const char* again;
  };
  for (const auto& [type, first, again] :
       {Case{"DECIMAL(10,2)", "\"1\"", "\"1.00\""}, Case{"DOUBLE", "0.0", "-0.0"},
        Case{"TIMESTAMP WITH TIME ZONE", "\"2026-01-01T00:00:00Z\"",
             "\"2026-01-01T02:00:00.000+02:00\""},
        Case{"UUID", "\"AAAAAAAA-0000-0000-0000-000000000001\"",
             "\"aaaaaaaa000000000000000000000001\""}}) {
    MergeLake lake;
    std::vector<TableSpec> specs{orders(MergeStrategy::kInsertOnly), items()};
    specs[0].columns[0].type = type;
    for (const auto& [id, key] : {std::pair{first, "a"}, std::pair{again, "b"}}) {
      lake.load(
          specs,
          {{"orders", {{std::string(R"({"id":)") + id + R"(,"_dlt_id":")" + key + "\"}"}}},
           {"orders__items",
            {{std::string(R"({"_dlt_id":"i)") + key + R"(","_dlt_root_id":")" + key + "\"}"}}}});
    }
    EXPECT_THAT(lake.rows("orders", {"_dlt_id"}), ElementsAre("a")) << type;
    EXPECT_THAT(lake.rows("orders__items", {"_dlt_id"}), ElementsAre("ia")) << type;
  }
}

TEST(InsertOnly, NestedRowsComeByRowKey) {
  MergeLake lake;
  const std::vector<TableSpec> specs{orders(MergeStrategy::kInsertOnly), items()};
  const std::string first =
      R"({"v":"a","_dlt_id":"r1.0","_dlt_parent_id":"r1","_dlt_root_id":"r1"})";
  lake.load(specs, {{"orders", {{R"({"id":1,"_dlt_id":"r1"})"}}}, {"orders__items", {{first}}}});
  lake.load(specs,
            {{"orders", {{R"({"id":1,"_dlt_id":"r1"})"}}},
             {"orders__items",
              {{R"({"v":"z","_dlt_id":"r1.0","_dlt_parent_id":"r1","_dlt_root_id":"r1"})",
                R"({"v":"b","_dlt_id":"r1.1","_dlt_parent_id":"r1","_dlt_root_id":"r1"})"}}}});
  EXPECT_THAT(lake.rows("orders__items", {"v"}), ElementsAre("a", "b"));
}

TEST(Cdc, AScopeOverTheTableIsAskedBeforeRowsGo) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kCdc);
  lake.load({spec}, {{"orders", {{R"({"id":1,"v":"a"})", R"({"id":2,"v":"b"})"}}}});
  // While row 1 is there it is the first one, and no other is in the scope.
  spec.destination_scope = "id = (SELECT min(id) FROM {table})";
  lake.load({spec}, {{"orders", {{R"({"id":1,"v":"c"})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "v"}), ElementsAre("1 c", "2 b"));
}

TEST(Cdc, RowsThatTheSourceLacksGo) {
  MergeLake lake;
  const TableSpec spec = orders(MergeStrategy::kCdc);
  lake.load({spec},
            {{"orders", {{R"({"id":1,"v":"a"})", R"({"id":2,"v":"a"})", R"({"v":"null"})"}}}});
  const Receipt receipt =
      lake.load({spec}, {{"orders", {{R"({"id":2,"v":"b"})", R"({"id":3,"v":"b"})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "v"}), ElementsAre("2 b", "3 b"));
  EXPECT_EQ(of(receipt, "orders").deleted, 2);
  EXPECT_EQ(of(receipt, "orders").updated, 1);
  EXPECT_EQ(of(receipt, "orders").inserted, 1);
  lake.load({spec}, {{"orders", {{}}}});
  EXPECT_THAT(lake.rows("orders", {"id"}), IsEmpty());
}

TEST(Cdc, OnlyWithinTheMergeKeysOfTheSource) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kCdc);
  spec.merge_key = {"day"};
  lake.load({spec},
            {{"orders", {{R"({"id":1,"day":1})", R"({"id":2,"day":1})", R"({"id":3,"day":2})"}}}});
  lake.load({spec}, {{"orders", {{R"({"id":2,"day":1})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id"}), ElementsAre("2", "3"));
}

TEST(DestinationScope, NamesTheRowsThatGo) {
  MergeLake lake;
  TableSpec spec = orders(MergeStrategy::kDeleteInsert);
  spec.destination_scope = "{table}.day >= (SELECT min({staging_table}.day) FROM {staging_table})";
  const std::vector<TableSpec> specs{spec, items()};
  lake.load(
      specs,
      {{"orders", {{R"({"id":1,"day":1,"_dlt_id":"r1"})", R"({"id":2,"day":2,"_dlt_id":"r2"})"}}},
       {"orders__items",
        {{R"({"v":"a","_dlt_id":"i1","_dlt_parent_id":"r1","_dlt_root_id":"r1"})",
          R"({"v":"b","_dlt_id":"i2","_dlt_parent_id":"r2","_dlt_root_id":"r2"})"}}}});
  lake.load(specs, {{"orders", {{R"({"id":1,"day":2,"_dlt_id":"r3"})"}}}});
  EXPECT_THAT(lake.rows("orders", {"id", "day"}), ElementsAre("1 1", "1 2"));
  EXPECT_THAT(lake.rows("orders__items", {"v"}), ElementsAre("a"));
}

}  // namespace
}  // namespace hotload::plan
