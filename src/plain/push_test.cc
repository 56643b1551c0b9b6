// SPDX-License-Identifier: Apache-2.0
#include "plain/push.h"

#include <gtest/gtest.h>

namespace hotload::plain {
namespace {

TableSpec spec(const std::string& name, Disposition disposition = Disposition::kAppend) {
  TableSpec spec;
  spec.name = name;
  spec.columns = {{"id", "BIGINT", true}};
  spec.disposition = disposition;
  return spec;
}

TableSpec merged(const std::string& name, MergeStrategy strategy) {
  TableSpec merge = spec(name, Disposition::kMerge);
  merge.strategy = strategy;
  merge.primary_key = {"id"};
  return merge;
}

Intent intent_of(const std::vector<TableSpec>& specs, const std::vector<std::string>& staged) {
  Intent intent;
  for (const TableSpec& one : specs) intent.specs[one.name] = one;
  intent.staged = staged;
  return intent;
}

// "table mode" and "pull", in their order.
std::vector<std::string> told(const Intent& intent, const std::set<std::string>& loaded) {
  std::vector<std::string> texts;
  for (const Push& push : plan_pushes(intent, loaded)) {
    texts.push_back(push.table + " " + to_string(push.mode) + (push.pull ? " pull" : ""));
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(PlanPushes, WhatTheServerCanDoIsLeftToIt) {
  const std::set<std::string> loaded{"a", "b", "c"};
  EXPECT_EQ(told(intent_of({spec("a")}, {"a"}), loaded), Texts{"a append"});
  EXPECT_EQ(told(intent_of({spec("b", Disposition::kReplace)}, {"b"}), loaded), Texts{"b replace"});
  EXPECT_EQ(told(intent_of({merged("c", MergeStrategy::kUpsert)}, {"c"}), loaded),
            Texts{"c upsert"});
  EXPECT_EQ(plan_pushes(intent_of({merged("c", MergeStrategy::kUpsert)}, {"c"}), loaded)[0].key,
            Texts{"id"});
}

TEST(PlanPushes, WhatItCannotDoIsReadFirst) {
  const std::set<std::string> loaded{"t"};
  for (const MergeStrategy strategy : {MergeStrategy::kDeleteInsert, MergeStrategy::kInsertOnly,
                                       MergeStrategy::kScd2, MergeStrategy::kCdc}) {
    EXPECT_EQ(told(intent_of({merged("t", strategy)}, {"t"}), loaded), Texts{"t replace pull"});
    EXPECT_EQ(told(intent_of({merged("t", strategy)}, {"t"}), {}), Texts{"t replace"});
  }
  TableSpec deleting = merged("t", MergeStrategy::kUpsert);
  deleting.hard_delete = "gone";
  EXPECT_EQ(told(intent_of({deleting}, {"t"}), loaded), Texts{"t replace pull"});
}

TEST(PlanPushes, AChainIsReadAsAWholeWhenRowsComeForAnyOfIt) {
  TableSpec child = spec("child");
  child.parent = "t";
  const std::vector<TableSpec> chain{merged("t", MergeStrategy::kUpsert), child};
  const std::set<std::string> loaded{"t", "child"};
  EXPECT_EQ(told(intent_of(chain, {"t"}), loaded), (Texts{"child replace pull", "t replace pull"}));
  EXPECT_EQ(told(intent_of(chain, {}), loaded), (Texts{"child append", "t append"}));
}

TEST(PlanPushes, DropsTruncationsAndDeletions) {
  Intent intent = intent_of({spec("again"), spec("emptied"), merged("m", MergeStrategy::kUpsert)},
                            {"emptied", "m"});
  intent.drops = {"gone", "again"};
  intent.truncations = {"emptied", "m"};
  intent.deletions = {{"some", "id", "1"}, {"some", "id", "2"}};
  const std::set<std::string> loaded{"gone", "again", "emptied", "m", "some"};
  EXPECT_EQ(told(intent, loaded),
            (Texts{"again replace", "emptied replace", "m replace", "some delete", "gone drop"}));
}

TEST(PlanPushes, RowsAreDeletedByTheServerWhereOneColumnTellsAndNothingElseHappens) {
  const std::set<std::string> loaded{"t"};
  Intent intent;
  intent.deletions = {{"t", "id", "1"}, {"t", "ID", "2"}};
  const std::vector<Push> pushes = plan_pushes(intent, loaded);
  ASSERT_EQ(pushes.size(), 1U);
  EXPECT_EQ(pushes[0].mode, PushMode::kDelete);
  EXPECT_EQ(pushes[0].key, Texts{"id"});
  EXPECT_EQ(pushes[0].values, (Texts{"1", "2"}));
  EXPECT_EQ(told(intent, {}), Texts{"t replace"});
  Intent rows = intent;
  rows.staged = {"t"};
  EXPECT_EQ(told(rows, loaded), Texts{"t replace pull"});
  rows = intent;
  rows.literal_tables = {"t"};
  EXPECT_EQ(told(rows, loaded), Texts{"t replace pull"});
  rows = intent;
  rows.specs["t"] = spec("t");
  EXPECT_EQ(told(rows, loaded), Texts{"t replace pull"});
  intent.deletions.push_back({"t", "name", "x"});
  EXPECT_EQ(told(intent, loaded), Texts{"t replace pull"});
}

TEST(PlanPushes, DataComesBeforeStateAndLiteralRowsLast) {
  Intent intent =
      intent_of({spec("_dlt_loads"), spec("_dlt_pipeline_state"), spec("_dlt_version"), spec("t")},
                {"_dlt_pipeline_state", "t"});
  intent.literal_tables = {"_dlt_version", "_dlt_loads"};
  EXPECT_EQ(told(intent, {}), (Texts{"t append", "_dlt_pipeline_state append",
                                     "_dlt_version append", "_dlt_loads append"}));
}

TEST(PlanPushes, AreTheSameFromTheirJson) {
  Push push;
  push.table = "t";
  push.mode = PushMode::kUpsert;
  push.key = {"a", "b"};
  push.values = {"it's", "2"};
  push.pull = push.exists = push.done = true;
  push.phase = 3;
  push.columns_before = 4;
  push.rows_before = 5;
  push.rows_after = 6;
  push.upload_id = "u";
  EXPECT_EQ(to_json(push_from_json(to_json(push), "")), to_json(push));
}

}  // namespace
}  // namespace hotload::plain
