// SPDX-License-Identifier: Apache-2.0
#include "lake/nan_files.h"

#include <algorithm>

#include "lake/relation.h"
#include "model/identifier.h"
#include "model/type.h"

namespace hotload::lake {

namespace {

// Less than the engine's row group of 122,880 rows.
constexpr int64_t kRowsOfOneGroup = 100'000;

// Filters reach through the fields of structs, but not into lists and maps.
void add_floats(const std::string& value, const model::Type& type, std::string& floats) {
  if (type.kind == model::TypeKind::kDouble || type.kind == model::TypeKind::kFloat) {
    floats += (floats.empty() ? "" : ", ") + value;
  }
  if (type.kind != model::TypeKind::kStruct) return;
  for (const model::Field& field : type.children) {
    add_floats("struct_extract(" + value + ", " + model::quote_literal(field.name) + ")",
               field.type, floats);
  }
}

}  // namespace

std::string float_columns(const std::vector<Column>& columns) {
  std::string floats;
  for (const Column& column : columns) {
    if (column.type == "DOUBLE" || column.type == "FLOAT" || column.type.starts_with("STRUCT")) {
      add_floats(model::quote_identifier(column.name), model::parse_type(column.type), floats);
    }
  }
  return floats;
}

bool holds_nan(engine::Connection& connection, const std::string& relation,
               const std::vector<Column>& columns) {
  const std::string floats = float_columns(columns);
  if (floats.empty()) return false;
  return connection.text("SELECT bool_or(hotload_any_nan(" + floats + ")) FROM " + relation) ==
         "true";
}

std::vector<JobFile> split_by_row_group(engine::Connection& connection, const fs::path& parquet,
                                        const fs::path& stem) {
  const std::string source =
      "read_parquet(" + model::quote_literal(parquet.string()) + ", file_row_number = true)";
  const std::vector<Column> columns = describe(connection, parquet_relation(parquet));
  const int64_t rows = connection.integer("SELECT count(*) FROM " + source);
  std::vector<JobFile> files;
  for (int64_t begin = 0; begin < rows; begin += kRowsOfOneGroup) {
    const fs::path part = stem.string() + "-" + std::to_string(files.size()) + ".parquet";
    connection.run("COPY (SELECT * EXCLUDE (file_row_number) FROM " + source +
                   " WHERE file_row_number >= " + std::to_string(begin) +
                   " AND file_row_number < " + std::to_string(begin + kRowsOfOneGroup) + ") TO " +
                   model::quote_literal(part.string()) + " (FORMAT parquet)");
    if (connection.integer("SELECT sum(num_row_groups) FROM parquet_file_metadata(" +
                           model::quote_literal(part.string()) + ")") != 1) {
      throw Error(ErrorCode::kInternal, "the engine wrote " + std::to_string(kRowsOfOneGroup) +
                                            " rows as more than one row group");
    }
    files.push_back({part.filename(), std::min(kRowsOfOneGroup, rows - begin),
                     static_cast<int64_t>(fs::file_size(part)), columns});
  }
  remove_quietly(parquet);
  return files;
}

bool table_holds_nan(engine::Connection& connection, const Lake& lake, const std::string& schema,
                     const std::string& table) {
  return connection.text("SELECT count(*) > 0 FROM " + lake.metadata("ducklake_schema") +
                         " s JOIN " + lake.metadata("ducklake_table") +
                         " t USING (schema_id) JOIN " + lake.metadata("ducklake_data_file") +
                         " f USING (table_id) JOIN " + lake.metadata("ducklake_column") +
                         " c USING (table_id) JOIN " + lake.metadata("ducklake_file_column_stats") +
                         " r USING (data_file_id, column_id) WHERE s.schema_name = " +
                         model::quote_literal(schema) +
                         " AND t.table_name = " + model::quote_literal(table) +
                         " AND s.end_snapshot IS NULL AND t.end_snapshot IS NULL AND "
                         "f.end_snapshot IS NULL AND c.column_type IN ('float32', 'float64') AND "
                         "(r.contains_nan OR (r.min_value IS NULL AND r.value_count > "
                         "coalesce(r.null_count, 0)))") == "true";
}

void write_one_row_group(engine::Connection& connection, const Lake& lake, bool one) {
  const auto set = [&](const std::string& option, const std::string& value) {
    connection.run("CALL " + model::quote_identifier(lake.alias()) + ".set_option(" +
                   model::quote_literal(option) + ", " + model::quote_literal(value) + ")");
  };
  set("parquet_row_group_size", one ? "1000000000" : "122880");
  // What is joined is small enough to be held.
  set("target_file_size", one ? "64MB" : "512MB");
}

int64_t insert_rows(engine::Connection& connection, const Lake& lake, const std::string& target,
                    const std::string& relation, const std::vector<Column>& columns) {
  const bool one = holds_nan(connection, relation, columns);
  if (one) write_one_row_group(connection, lake, true);
  const int64_t rows = connection.run("INSERT INTO " + target + " BY NAME FROM " + relation);
  if (one) write_one_row_group(connection, lake, false);
  return rows;
}

}  // namespace hotload::lake
