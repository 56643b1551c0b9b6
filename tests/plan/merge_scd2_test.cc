// SPDX-License-Identifier: Apache-2.0
// scd2 on a real lake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "merge_lake.h"
#include "specs.h"

namespace hotload::plan {
namespace {

using testing::ElementsAre;

TableSpec customers(const std::string& boundary) {
  TableSpec spec;
  spec.name = "customers";
  spec.columns = {{"id", "BIGINT"},
                  {"v", "VARCHAR"},
                  {"_dlt_id", "VARCHAR"},
                  {"_dlt_valid_from", "TIMESTAMPTZ"},
                  {"_dlt_valid_to", "TIMESTAMPTZ"}};
  spec.disposition = Disposition::kMerge;
  spec.strategy = MergeStrategy::kScd2;
  spec.row_key = "_dlt_id";
  spec.scd2.boundary = boundary;
  return spec;
}

std::vector<std::string> versions(MergeLake& lake) {
  return lake.texts(
      "SELECT concat_ws(' ', id, v, strftime(_dlt_valid_from AT TIME ZONE 'UTC', '%d'), "
      "coalesce(strftime(_dlt_valid_to AT TIME ZONE 'UTC', '%d'), '-')) FROM s.customers "
      "ORDER BY id, _dlt_valid_from, v");
}

std::string row(int id, const std::string& value) {
  return R"({"id":)" + std::to_string(id) + R"(,"v":")" + value + R"(","_dlt_id":")" +
         std::to_string(id) + value + R"("})";
}

TEST(Scd2, VersionsEndWhereTheirSuccessorsStart) {
  MergeLake lake;
  lake.load({customers("2026-01-01T00:00:00Z")}, {{"customers", {{row(1, "a"), row(2, "a")}}}});
  const Receipt receipt = lake.load({customers("2026-01-02T00:00:00Z")},
                                    {{"customers", {{row(1, "b")}, {row(3, "a")}}}});
  EXPECT_THAT(versions(lake), ElementsAre("1 a 01 02", "1 b 02 -", "2 a 01 02", "3 a 02 -"));
  EXPECT_EQ(of(receipt, "customers").updated, 2);
  EXPECT_EQ(of(receipt, "customers").inserted, 2);
  lake.load({customers("2026-01-03T00:00:00Z")},
            {{"customers", {{row(1, "a"), row(3, "a")}}}});  // 1 a returns as a new version
  EXPECT_THAT(versions(lake),
              ElementsAre("1 a 01 02", "1 b 02 03", "1 a 03 -", "2 a 01 02", "3 a 02 -"));
}

TEST(Scd2, AnUnchangedSourceChangesNothing) {
  MergeLake lake;
  for (const char* day : {"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"}) {
    lake.load({customers(day)}, {{"customers", {{row(1, "a"), row(2, "a")}}}});
  }
  EXPECT_THAT(versions(lake), ElementsAre("1 a 01 -", "2 a 01 -"));
}

TEST(Scd2, WithMergeKeysAbsentOnesStayActive) {
  MergeLake lake;
  TableSpec spec = customers("2026-01-01T00:00:00Z");
  spec.merge_key = {"id"};
  lake.load({spec}, {{"customers", {{row(1, "a"), row(2, "a")}}}});
  spec.scd2.boundary = "2026-01-02T00:00:00Z";
  lake.load({spec}, {{"customers", {{row(1, "b")}}}});
  EXPECT_THAT(versions(lake), ElementsAre("1 a 01 02", "1 b 02 -", "2 a 01 -"));
}

TEST(Scd2, TheActiveMarkerStandsForNull) {
  MergeLake lake;
  TableSpec spec = customers("2026-01-01T00:00:00Z");
  spec.scd2.active_marker = "9999-12-31T00:00:00Z";
  lake.load({spec}, {{"customers", {{row(1, "a")}}}});
  spec.scd2.boundary = "2026-01-02T00:00:00Z";
  lake.load({spec}, {{"customers", {{row(1, "b")}}}});
  EXPECT_THAT(versions(lake), ElementsAre("1 a 01 02", "1 b 02 31"));
}

TEST(Scd2, TheBoundaryIsUtcInAColumnWithoutZone) {
  MergeLake lake;
  TableSpec spec = customers("2026-01-01T23:30:00.5+01:00");
  spec.columns[3].type = spec.columns[4].type = "TIMESTAMP";
  lake.load({spec}, {{"customers", {{row(1, "a")}}}});
  EXPECT_THAT(lake.rows("customers", {"_dlt_valid_from"}), ElementsAre("2026-01-01 22:30:00.5"));
}

TEST(Scd2, NestedRowsAreAddedByRowKey) {
  MergeLake lake;
  TableSpec calls = nested("customers__calls", "customers", false);
  const std::string call = R"({"v":"x","_dlt_id":"1a.0","_dlt_parent_id":"1a"})";
  lake.load({customers("2026-01-01T00:00:00Z"), calls},
            {{"customers", {{row(1, "a")}}}, {"customers__calls", {{call}}}});
  lake.load(
      {customers("2026-01-02T00:00:00Z"), calls},
      {{"customers", {{row(1, "a"), row(2, "a")}}},
       {"customers__calls", {{call, R"({"v":"y","_dlt_id":"2a.0","_dlt_parent_id":"2a"})"}}}});
  EXPECT_THAT(lake.rows("customers__calls", {"v"}), ElementsAre("x", "y"));
}

TEST(Scd2, NestedRowsOfAVersionThatIsThereAlreadyStayAwayWhateverItsRowKey) {
  MergeLake lake;
  TableSpec spec = customers("2026-01-01T00:00:00Z");
  spec.scd2.row_version = "v";
  const TableSpec calls = nested("customers__calls", "customers", false);
  for (const std::string key : {"x", "y"}) {
    lake.load({spec, calls},
              {{"customers", {{R"({"id":1,"v":"a","_dlt_id":")" + key + "\"}"}}},
               {"customers__calls",
                {{R"({"v":"c","_dlt_id":")" + key + R"(.0","_dlt_parent_id":")" + key + "\"}"}}}});
  }
  EXPECT_THAT(lake.rows("customers", {"_dlt_id"}), ElementsAre("x"));
  EXPECT_THAT(lake.rows("customers__calls", {"_dlt_id"}), ElementsAre("x.0"));
}

TEST(Scd2, TheSourceFilterLimitsWhatStartsAndKeepsNestedRowsOut) {
  MergeLake lake;
  TableSpec spec = customers("2026-01-01T00:00:00Z");
  spec.source_filter = "v <> 'no'";
  const TableSpec calls = nested("customers__calls", "customers", false);
  lake.load({spec, calls}, {{"customers", {{row(1, "a"), row(2, "no")}}},
                            {"customers__calls",
                             {{R"({"v":"x","_dlt_id":"c1","_dlt_parent_id":"1a"})",
                               R"({"v":"y","_dlt_id":"c2","_dlt_parent_id":"2no"})"}}}});
  EXPECT_THAT(versions(lake), ElementsAre("1 a 01 -"));
  EXPECT_THAT(lake.rows("customers__calls", {"v"}), ElementsAre("x"));
}

}  // namespace
}  // namespace hotload::plan
