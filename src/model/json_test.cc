// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "hotload/error.h"
#include "model/json_reader.h"
#include "model/receipt_json.h"
#include "model/table_spec_json.h"

namespace hotload::model {
namespace {

template <typename Read>
void expect_rejected(const std::string& text, const std::string& field, Read read) {
  try {
    read(parse_json(text));
    FAIL() << text << " is accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << text;
    EXPECT_NE(std::string(error.what()).find(field), std::string::npos) << error.what();
  }
}

// What is written, through its text, is read and written the same again.
template <typename T, typename Read>
T round_trip(const T& value, Read read) {
  const std::string text = boost::json::serialize(to_json(value));
  const T back = read(parse_json(text));
  EXPECT_EQ(boost::json::serialize(to_json(back)), text);
  return back;
}

TableSpec full_spec() {
  TableSpec spec;
  spec.name = "orders \"x\"";
  spec.columns = {{"id", "BIGINT", false}, {"名", "VARCHAR"}};
  spec.disposition = Disposition::kMerge;
  spec.strategy = MergeStrategy::kCdc;
  spec.primary_key = {"id"};
  spec.merge_key = {"day", "region"};
  spec.dedup_sort = {{"at", true}};
  spec.deduplicated = true;
  spec.hard_delete = "deleted";
  spec.scd2 = {"f", "t", "h", "2026-01-01T00:00:00Z", "9999-12-31T00:00:00Z"};
  spec.source_filter = "a > 1";
  spec.destination_scope = "{table}.b = 'x'";
  spec.skip_unchanged = true;
  spec.keep_undeclared = true;
  spec.parent = "p";
  spec.row_key = "_dlt_id";
  spec.parent_key = "_dlt_parent_id";
  spec.root_key = "_dlt_root_id";
  spec.partition = {{"bucket", "id", 16}};
  spec.sort = {{"id", false}};
  return spec;
}

TEST(Json, TableSpecKeepsEveryField) {
  const TableSpec spec = full_spec();
  const TableSpec back =
      round_trip(spec, [](const auto& value) { return table_spec_from_json(value); });
  EXPECT_EQ(back.columns, spec.columns);
  EXPECT_EQ(back.strategy, MergeStrategy::kCdc);
  EXPECT_EQ(back.disposition, Disposition::kMerge);
  EXPECT_EQ(back.primary_key, spec.primary_key);
  EXPECT_EQ(back.merge_key, spec.merge_key);
  ASSERT_EQ(back.dedup_sort.size(), 1u);
  EXPECT_TRUE(back.dedup_sort[0].descending);
  EXPECT_EQ(back.scd2.active_marker, spec.scd2.active_marker);
  EXPECT_EQ(back.partition, spec.partition);
  EXPECT_EQ(back.root_key, "_dlt_root_id");
  EXPECT_TRUE(back.skip_unchanged);
  EXPECT_TRUE(back.keep_undeclared);
}

TEST(Json, MissingFieldsTakeTheirDefaults) {
  const TableSpec spec = table_spec_from_json(parse_json(R"({"name": "t", "scd2": null})"));
  EXPECT_EQ(spec.disposition, Disposition::kAppend);
  EXPECT_EQ(spec.strategy, MergeStrategy::kDeleteInsert);
  EXPECT_EQ(spec.scd2.valid_from, "_dlt_valid_from");
}

TEST(Json, HostileSpecsNameTheField) {
  const auto read = [](const auto& value) { table_spec_from_json(value, "specs[3]"); };
  expect_rejected("[]", "specs[3] must be an object", read);
  expect_rejected("{}", "specs[3].name is missing", read);
  expect_rejected(R"({"name": 1})", "specs[3].name must be a string", read);
  expect_rejected(R"({"name": "t", "columns": {}})", "specs[3].columns must be an array", read);
  expect_rejected(R"({"name": "t", "columns": [{"name": "a", "type": null}]})",
                  "specs[3].columns[0].type is missing", read);
  expect_rejected(R"({"name": "t", "disposition": "upend"})", "specs[3].disposition", read);
  expect_rejected(R"({"name": "t", "deduplicated": 1})", "specs[3].deduplicated", read);
  expect_rejected(R"({"name": "t", "partition": [{"transform": "bucket", "column": "a",
                      "buckets": 1.5}]})",
                  "specs[3].partition[0].buckets", read);
  expect_rejected(R"({"name": "t", "primary_keys": []})", "specs[3].primary_keys is unknown", read);
}

TEST(Json, StageOptionsRoundTrip) {
  StageOptions options;
  options.format = FileFormat::kCsv;
  options.immutable = true;
  options.orjson_times = true;
  options.csv_delimiter = '\t';
  options.csv_header = false;
  const StageOptions back =
      round_trip(options, [](const auto& value) { return stage_options_from_json(value); });
  EXPECT_EQ(back.format, FileFormat::kCsv);
  EXPECT_EQ(back.csv_delimiter, '\t');
  EXPECT_FALSE(back.csv_header);
  expect_rejected(R"({"csv_delimiter": ";;"})", "csv_delimiter",
                  [](const auto& value) { stage_options_from_json(value); });
}

TEST(Json, RowsRoundTripWithNulls) {
  const RowInsert row{"t", {"a", "b"}, {"1", std::nullopt}};
  const RowInsert back =
      round_trip(row, [](const auto& value) { return row_insert_from_json(value); });
  EXPECT_EQ(back.values, row.values);
  round_trip(RowDelete{"t", "a", "x"}, [](const auto& v) { return row_delete_from_json(v); });
  expect_rejected(R"({"table": "t", "columns": ["a"], "values": []})", "values",
                  [](const auto& value) { row_insert_from_json(value); });
}

TEST(Json, ReceiptRoundTrips) {
  Receipt receipt{{"s", "n", "1.5"}, 7, "2026-01-31T12:00:00.123456Z", {}};
  receipt.tables.push_back({"t", 1, 2, 3, 4, 5, 6, true, false, true});
  EXPECT_EQ(round_trip(receipt, [](const auto& value) { return receipt_from_json(value); }),
            receipt);
  EXPECT_EQ(receipt_from_json(boost::json::serialize(to_json(receipt))), receipt);
  const StagedFile file{"t", "j", 1, 2, true};
  EXPECT_EQ(round_trip(file, [](const auto& value) { return staged_file_from_json(value); }), file);
  expect_rejected("{}", "key", [](const auto& value) { receipt_from_json(value); });
}

TEST(Json, WhatIsNoJsonIsInvalid) {
  EXPECT_THROW(parse_json("{"), Error);
  EXPECT_THROW(parse_json(std::string(10'000, '[')), Error);
}

}  // namespace
}  // namespace hotload::model
