// SPDX-License-Identifier: Apache-2.0
#include "model/table_spec_json.h"

#include <array>

#include "hotload/error.h"
#include "model/json_reader.h"

namespace hotload::model {
namespace {

// In the order of their enums.
constexpr std::array kDispositions{"append", "replace", "merge"};
constexpr std::array kStrategies{"delete-insert", "upsert", "insert-only", "scd2", "cdc"};
constexpr std::array kFormats{"parquet", "jsonl", "csv"};

template <typename Enum, size_t N>
const char* word_of(Enum value, const std::array<const char*, N>& words) {
  return words.at(static_cast<size_t>(value));
}

boost::json::value to_json(const SortColumn& sort) {
  return {{"column", sort.column}, {"descending", sort.descending}};
}

boost::json::value to_json(const PartitionField& field) {
  return {{"transform", field.transform}, {"column", field.column}, {"buckets", field.buckets}};
}

boost::json::value to_json(const Scd2Options& options) {
  return {{"valid_from", options.valid_from},
          {"valid_to", options.valid_to},
          {"row_version", options.row_version},
          {"boundary", options.boundary},
          {"active_marker", options.active_marker}};
}

SortColumn sort_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  SortColumn sort{reader.text("column"), reader.boolean("descending", false)};
  reader.finish();
  return sort;
}

PartitionField partition_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  PartitionField field{reader.text("transform"), reader.text("column"),
                       reader.integer("buckets", 0)};
  reader.finish();
  return field;
}

Scd2Options scd2_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  Scd2Options options;
  options.valid_from = reader.text("valid_from", options.valid_from);
  options.valid_to = reader.text("valid_to", options.valid_to);
  options.row_version = reader.text("row_version", options.row_version);
  options.boundary = reader.text("boundary", "");
  options.active_marker = reader.text("active_marker", "");
  reader.finish();
  return options;
}

}  // namespace

boost::json::value to_json(const Column& column) {
  return {{"name", column.name}, {"type", column.type}, {"nullable", column.nullable}};
}

Column column_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  Column column{reader.text("name"), reader.text("type"), reader.boolean("nullable", true)};
  reader.finish();
  return column;
}

// Outside the unnamed namespace, where it sees the public overloads of to_json too.
template <typename T>
static boost::json::array json_list(const std::vector<T>& items) {
  boost::json::array out;
  for (const T& item : items) out.push_back(to_json(item));
  return out;
}

boost::json::value to_json(const TableSpec& spec) {
  return {{"name", spec.name},
          {"columns", json_list(spec.columns)},
          {"disposition", word_of(spec.disposition, kDispositions)},
          {"strategy", word_of(spec.strategy, kStrategies)},
          {"primary_key", json_texts(spec.primary_key)},
          {"merge_key", json_texts(spec.merge_key)},
          {"dedup_sort", json_list(spec.dedup_sort)},
          {"deduplicated", spec.deduplicated},
          {"hard_delete", spec.hard_delete},
          {"scd2", to_json(spec.scd2)},
          {"source_filter", spec.source_filter},
          {"destination_scope", spec.destination_scope},
          {"skip_unchanged", spec.skip_unchanged},
          {"keep_undeclared", spec.keep_undeclared},
          {"parent", spec.parent},
          {"row_key", spec.row_key},
          {"parent_key", spec.parent_key},
          {"root_key", spec.root_key},
          {"partition", json_list(spec.partition)},
          {"sort", json_list(spec.sort)}};
}

TableSpec table_spec_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  TableSpec spec;
  spec.name = reader.text("name");
  spec.columns = reader.list("columns", column_from_json);
  spec.disposition = reader.word("disposition", kDispositions, spec.disposition);
  spec.strategy = reader.word("strategy", kStrategies, spec.strategy);
  spec.primary_key = reader.texts("primary_key");
  spec.merge_key = reader.texts("merge_key");
  spec.dedup_sort = reader.list("dedup_sort", sort_from_json);
  spec.deduplicated = reader.boolean("deduplicated", false);
  spec.hard_delete = reader.text("hard_delete", "");
  if (const boost::json::value* scd2 = reader.find("scd2")) {
    spec.scd2 = scd2_from_json(*scd2, reader.path_of("scd2"));
  }
  spec.source_filter = reader.text("source_filter", "");
  spec.destination_scope = reader.text("destination_scope", "");
  spec.skip_unchanged = reader.boolean("skip_unchanged", false);
  spec.keep_undeclared = reader.boolean("keep_undeclared", false);
  spec.parent = reader.text("parent", "");
  spec.row_key = reader.text("row_key", "");
  spec.parent_key = reader.text("parent_key", "");
  spec.root_key = reader.text("root_key", "");
  spec.partition = reader.list("partition", partition_from_json);
  spec.sort = reader.list("sort", sort_from_json);
  reader.finish();
  return spec;
}

boost::json::value to_json(const StageOptions& options) {
  return {{"format", word_of(options.format, kFormats)},
          {"immutable", options.immutable},
          {"orjson_times", options.orjson_times},
          {"csv_delimiter", std::string(1, options.csv_delimiter)},
          {"csv_header", options.csv_header}};
}

StageOptions stage_options_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  StageOptions options;
  options.format = reader.word("format", kFormats, options.format);
  options.immutable = reader.boolean("immutable", false);
  options.orjson_times = reader.boolean("orjson_times", false);
  const std::string delimiter = reader.text("csv_delimiter", ",");
  if (delimiter.size() != 1) reader.fail("csv_delimiter", "must be one byte");
  options.csv_delimiter = delimiter[0];
  options.csv_header = reader.boolean("csv_header", true);
  reader.finish();
  return options;
}

boost::json::value to_json(const RowInsert& row) {
  boost::json::array values;
  for (const auto& value : row.values) {
    values.push_back(value ? boost::json::value(*value) : boost::json::value(nullptr));
  }
  return {{"table", row.table}, {"columns", json_texts(row.columns)}, {"values", values}};
}

RowInsert row_insert_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  RowInsert row{reader.text("table"), reader.texts("columns"),
                reader.list("values", json_optional_text)};
  if (row.columns.size() != row.values.size()) {
    reader.fail("values", "must have one element a column");
  }
  reader.finish();
  return row;
}

boost::json::value to_json(const RowDelete& row) {
  return {{"table", row.table}, {"column", row.column}, {"value", row.value}};
}

RowDelete row_delete_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  RowDelete row{reader.text("table"), reader.text("column"), reader.text("value")};
  reader.finish();
  return row;
}

boost::json::value to_json(const SqlJob& job) { return {{"job_id", job.job_id}, {"sql", job.sql}}; }

SqlJob sql_job_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  SqlJob job{reader.text("job_id"), reader.text("sql")};
  reader.finish();
  return job;
}

}  // namespace hotload::model
