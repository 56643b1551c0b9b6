// SPDX-License-Identifier: Apache-2.0
#include "lake/nan_files.h"

#include <algorithm>

#include "lake/relation.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

// Less than the engine's row group of 122,880 rows.
constexpr int64_t kRowsOfOneGroup = 100'000;

}  // namespace

std::string float_columns(const std::vector<Column>& columns) {
  std::string floats;
  for (const Column& column : columns) {
    if (column.type != "DOUBLE" && column.type != "FLOAT") continue;
    floats += (floats.empty() ? "" : ", ") + model::quote_identifier(column.name);
  }
  return floats;
}

bool holds_nan(engine::Connection& connection, const fs::path& parquet,
               const std::vector<Column>& columns) {
  const std::string floats = float_columns(columns);
  if (floats.empty()) return false;
  return connection.text("SELECT bool_or(hotload_any_nan(" + floats + ")) FROM " +
                         parquet_relation(parquet)) == "true";
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

}  // namespace hotload::lake
