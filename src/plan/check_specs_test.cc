// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "hotload/error.h"
#include "plan/plan.h"
#include "plan/scope.h"

namespace hotload::plan {
namespace {

TableSpec merge_spec() {
  TableSpec spec;
  spec.name = "t";
  spec.columns = {{"id", "BIGINT"}, {"s", "STRUCT(a BIGINT)"}, {"_dlt_id", "VARCHAR"}};
  spec.disposition = Disposition::kMerge;
  spec.primary_key = {"id"};
  spec.row_key = "_dlt_id";
  return spec;
}

TableSpec nested_spec() {
  TableSpec spec = merge_spec();
  spec.name = "t__n";
  spec.parent = "t";
  spec.primary_key.clear();
  spec.parent_key = "id";
  return spec;
}

struct Case {
  const char* name;
  std::function<void(TableSpec& root, TableSpec& nested)> change;
  ErrorCode code = ErrorCode::kInvalidArgument;
};

class CheckSpecs : public testing::TestWithParam<Case> {};

TEST_P(CheckSpecs, Refuses) {
  std::map<std::string, TableSpec> specs{{"t", merge_spec()}, {"t__n", nested_spec()}};
  ASSERT_NO_THROW(check_specs(specs));
  GetParam().change(specs["t"], specs["t__n"]);
  try {
    check_specs(specs);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), GetParam().code) << error.what();
  }
}

const std::vector<Case> kCases{
    {"KeyThatIsNotDeclared", [](auto& t, auto&) { t.primary_key = {"x"}; }},
    {"NestedKeyType", [](auto& t, auto&) { t.primary_key = {"s"}; }, ErrorCode::kUnsupported},
    {"UnknownType", [](auto& t, auto&) { t.columns[0].type = "nope"; }},
    {"ColumnTwice", [](auto& t, auto&) { t.columns[1].name = "ID"; }},
    {"EmptyName", [](auto& t, auto&) { t.name = ""; }},
    {"UpsertWithoutKey",
     [](auto& t, auto&) {
       t.strategy = MergeStrategy::kUpsert;
       t.primary_key.clear();
     }},
    {"HardDeleteNotDeclared", [](auto& t, auto&) { t.hard_delete = "x"; }},
    {"DedupNotDeclared", [](auto& t, auto&) { t.dedup_sort = {{"x"}}; }},
    {"PlaceholderInFilter", [](auto& t, auto&) { t.source_filter = "{staging_table}.id > 1"; }},
    {"UnknownPlaceholder", [](auto& t, auto&) { t.destination_scope = "{tables}.id > 1"; }},
    {"ParentNotDeclared", [](auto&, auto& n) { n.parent = "x"; }},
    {"Cycle", [](auto& t, auto&) { t.parent = "t__n"; }},
    {"NestedWithoutLink", [](auto&, auto& n) { n.parent_key = ""; }},
    {"NestedWithoutRowKey",
     [](auto& t, auto& n) {
       t.strategy = MergeStrategy::kUpsert;
       n.row_key = "";
     }},
    {"OwnerWithoutRowKey", [](auto& t, auto&) { t.row_key = ""; }},
    {"RowVersionNotDeclared",
     [](auto& t, auto&) {
       t.strategy = MergeStrategy::kScd2;
       t.scd2.row_version = "x";
     }},
    {"OneColumnForBothEnds",
     [](auto& t, auto&) {
       t.strategy = MergeStrategy::kScd2;
       t.scd2.row_version = "id";
       t.scd2.valid_to = t.scd2.valid_from;
     }},
    {"UnknownTransform", [](auto& t, auto&) { t.partition = {{"week", "id"}}; }},
    {"BucketsMissing", [](auto& t, auto&) { t.partition = {{"bucket", "id"}}; }},
};

INSTANTIATE_TEST_SUITE_P(, CheckSpecs, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Scope, PlaceholdersAreFilledAndBracesKept) {
  EXPECT_EQ(fill_placeholders("{table}.a > 1 AND b = '{{x}}'", {{"table", "T"}}),
            "T.a > 1 AND b = '{x}'");
  EXPECT_THROW(fill_placeholders("a = '}'", {}), Error);
  EXPECT_THROW(fill_placeholders("a = '{'", {}), Error);
}

}  // namespace
}  // namespace hotload::plan
