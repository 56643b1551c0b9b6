// SPDX-License-Identifier: Apache-2.0
#include "lake/relation.h"

#include <algorithm>
#include <array>

#include "lake/compression.h"
#include "lake/csv.h"
#include "model/identifier.h"
#include "model/type.h"
#include "model/widening.h"

namespace hotload::lake {

namespace {

// The engine's buffers grow with the longest line it allows: big lines are tried only when there
// are any.
constexpr int64_t kLongestLine = int64_t{16} << 20;

bool is_nested(const std::string& type) {
  const bool fields = type.find('(') != std::string::npos && !type.starts_with("DECIMAL");
  return fields || type.ends_with("]");
}

// Types that the JSON reader itself reads exactly. The others are read as text and cast, since
// the reader would take a decimal through a double.
std::string json_type(const std::string& type) {
  static constexpr std::array<std::string_view, 12> kDirect{
      "BIGINT",  "INTEGER", "SMALLINT", "TINYINT",  "DOUBLE",    "BOOLEAN",
      "VARCHAR", "DATE",    "UBIGINT",  "UINTEGER", "USMALLINT", "UTINYINT"};
  if (is_nested(type)) return type;
  return std::find(kDirect.begin(), kDirect.end(), type) != kDirect.end() ? type : "VARCHAR";
}

std::string json_relation(const fs::path& path, const std::vector<Column>& target,
                          const std::string& compression) {
  std::string sql = "read_json(" + model::quote_literal(path.string()) +
                    ", format = 'newline_delimited', compression = '" +
                    (compression == "none" ? "uncompressed" : compression) + "'";
  // A compressed file's own size says little about its lines.
  const auto size = static_cast<int64_t>(fs::file_size(path));
  const int64_t longest = compression == "none" ? size : size * 20;
  sql += ", maximum_object_size = " +
         std::to_string(std::clamp(longest + 1, int64_t{1} << 20, kLongestLine));
  if (target.empty()) return sql + ", sample_size = -1)";
  sql += ", columns = {";
  for (size_t i = 0; i < target.size(); ++i) {
    sql += (i == 0 ? "" : ", ") + model::quote_identifier(target[i].name) + ": " +
           model::quote_literal(json_type(target[i].type));
  }
  return sql + "})";
}

std::string cast(const std::string& value, const std::string& from, const std::string& to) {
  if (from == to) return value;
  // Text of nested values is JSON, as dlt's other destinations keep them.
  if (to == "VARCHAR" && is_nested(from)) {
    return "CASE WHEN " + value + " IS NOT NULL THEN CAST(to_json(" + value + ") AS VARCHAR) END";
  }
  // The engine's cast rounds: 23:59:59.999999999 would be midnight. What is finer than a
  // microsecond is cut, as in timestamps.
  if (from == "TIME_NS" && to == "TIME") {
    return "CAST(left(CAST(" + value + " AS VARCHAR), 15) AS TIME)";
  }
  return "CAST(" + value + " AS " + to + ")";
}

// Text to a value. dlt writes binary as base64, and orjson drops trailing zeros of times.
std::string cast_text(const std::string& value, const std::string& from, const std::string& to) {
  if (from != "VARCHAR") return cast(value, from, to);
  if (to == "BLOB") return "from_base64(" + value + ")";
  return cast(value, from, to);
}

template <typename Cast>
Projection project_with(const std::vector<Column>& found, const std::vector<Column>& target,
                        Cast cast_one) {
  Projection projection{"", true};
  for (const Column& column : found) {
    const Column* to = model::find_column(target, column.name);
    if (to == nullptr) {
      throw Error(ErrorCode::kTypeMismatch,
                  "column '" + column.name + "' is in the file but not in the table; declare it");
    }
    projection.adoptable &=
        to->name == column.name &&
        model::may_adopt(model::parse_type(column.type), model::parse_type(to->type));
    projection.select += (projection.select.empty() ? "" : ", ") +
                         cast_one(model::quote_identifier(column.name), column.type, to->type) +
                         " AS " + model::quote_identifier(to->name);
  }
  for (const Column& column : target) {
    if (column.nullable || model::find_column(found, column.name) != nullptr) continue;
    throw Error(ErrorCode::kConstraint,
                "column '" + column.name + "' must not be NULL but is missing from the file");
  }
  if (found.empty()) throw Error(ErrorCode::kBadFile, "the file has no columns");
  return projection;
}

// The same of CSV, into which dlt writes binary as the text that the bytes are.
std::string cast_csv(const std::string& value, const std::string& from, const std::string& to) {
  return to == "BLOB" ? "encode(" + value + ")" : cast_text(value, from, to);
}

}  // namespace

std::string parquet_relation(const fs::path& parquet) {
  return "read_parquet(" + model::quote_literal(parquet.string()) + ")";
}

std::vector<Column> describe(engine::Connection& connection, const std::string& relation) {
  std::vector<Column> columns;
  for (const engine::Row& row : connection.rows("DESCRIBE SELECT * FROM " + relation)) {
    columns.push_back({row[0].value_or(""), model::canonical_type(row[1].value_or("")), true});
  }
  return columns;
}

Projection project(const std::vector<Column>& found, const std::vector<Column>& target) {
  return project_with(found, target, cast);
}

Projection project_text(const std::vector<Column>& found, const std::vector<Column>& target,
                        const StageOptions& options) {
  const bool is_csv = options.format == FileFormat::kCsv;
  Projection projection = project_with(found, target, is_csv ? cast_csv : cast_text);
  projection.adoptable = false;
  return projection;
}

std::string text_relation(engine::Connection& connection, const fs::path& path,
                          const std::vector<Column>& target, const StageOptions& options) {
  const std::string compression = compression_of(path);
  return options.format == FileFormat::kJsonl
             ? json_relation(path, target, compression)
             : csv_relation(connection, path, target, options, compression);
}

}  // namespace hotload::lake
