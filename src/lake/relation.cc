// SPDX-License-Identifier: Apache-2.0
#include "lake/relation.h"

#include <algorithm>

#include "lake/cast.h"
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

// The types in which the JSON reader reads values exactly. All others come as text that is cast:
// the reader would make 2.7 a BIGINT of 3, and take a decimal through a double.
model::Type json_type(model::Type type, JsonIntegers integers) {
  using model::TypeKind;
  if (type.is_nested()) {
    for (model::Field& child : type.children) {
      child.type = json_type(child.type, JsonIntegers::kAsText);
    }
    return type;
  }
  if (integers == JsonIntegers::kAsDouble && model::is_integer(type)) {
    return {.kind = TypeKind::kDouble};
  }
  const bool exact = type.kind == TypeKind::kDouble || type.kind == TypeKind::kBoolean;
  return exact ? type : model::Type{.kind = TypeKind::kVarchar};
}

std::string json_relation(const fs::path& path, const std::vector<Column>& target,
                          const std::string& compression, JsonIntegers integers) {
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
    const model::Type type = json_type(model::parse_type(target[i].type), integers);
    sql += (i == 0 ? "" : ", ") + model::quote_identifier(target[i].name) + ": " +
           model::quote_literal(model::to_sql(type));
  }
  return sql + "})";
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
                         cast_one(column.name, column.type, to->type) + " AS " +
                         model::quote_identifier(to->name);
  }
  for (const Column& column : target) {
    if (column.nullable || model::find_column(found, column.name) != nullptr) continue;
    throw Error(ErrorCode::kConstraint,
                "column '" + column.name + "' must not be NULL but is missing from the file");
  }
  if (found.empty()) throw Error(ErrorCode::kBadFile, "the file has no columns");
  return projection;
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
  return project_with(found, target, cast_column);
}

Projection project_text(const std::vector<Column>& found, const std::vector<Column>& target,
                        const StageOptions& options) {
  const bool is_csv = options.format == FileFormat::kCsv;
  Projection projection = project_with(found, target, is_csv ? cast_csv : cast_json);
  projection.adoptable = false;
  return projection;
}

std::string text_relation(engine::Connection& connection, const fs::path& path,
                          const std::vector<Column>& target, const StageOptions& options,
                          JsonIntegers integers) {
  const std::string compression = compression_of(path);
  return options.format == FileFormat::kJsonl
             ? json_relation(path, target, compression, integers)
             : csv_relation(connection, path, target, options, compression);
}

}  // namespace hotload::lake
