// SPDX-License-Identifier: Apache-2.0
// The profile of a table: what is in its columns, told by two queries, which run, wait and end as
// any other query of the client.
#include <algorithm>
#include <cmath>

#include "api/errors.h"
#include "arrow/rows.h"
#include "arrow/type_name.h"
#include "model/identifier.h"
#include "model/json_reader.h"
#include "model/type.h"
#include "server/handlers.h"

namespace hotload::server {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using model::TypeKind;

namespace {

constexpr int64_t kExactRows = 1'000'000;  // of a larger table, different values are estimated
constexpr int64_t kMaxCategories = 20;

enum class Kind { kBoolean, kNumeric, kText, kTemporal, kOther };

struct Profiled {
  Column column;
  Kind kind;
  std::string name;  // quoted
  int64_t values = 0;
  int64_t different = 0;
  value detail;

  bool is_categorical() const {
    return kind == Kind::kText && different <= kMaxCategories && different < values;
  }
};

Kind kind_of(const Column& column) {
  const TypeKind kind = model::parse_type(column.type).kind;
  if (kind == TypeKind::kBoolean) return Kind::kBoolean;
  if (kind <= TypeKind::kDecimal) return Kind::kNumeric;
  if (kind == TypeKind::kVarchar) return Kind::kText;
  const bool timed = kind >= TypeKind::kDate && kind <= TypeKind::kTimestampTz;
  return timed ? Kind::kTemporal : Kind::kOther;
}

// What is asked of one column, besides how many values it has and how many different ones.
std::vector<std::string> aggregates_of(const Profiled& one) {
  const std::string& c = one.name;
  switch (one.kind) {
    case Kind::kBoolean:
      return {"count_if(" + c + ")", "count_if(NOT " + c + ")"};
    case Kind::kNumeric:
      return {"CAST(min(" + c + ") AS VARCHAR)", "CAST(max(" + c + ") AS VARCHAR)",
              "avg(CAST(" + c + " AS DOUBLE)) FILTER (isfinite(CAST(" + c + " AS DOUBLE)))"};
    case Kind::kTemporal:
      return {"CAST(min(" + c + ") AS VARCHAR)", "CAST(max(" + c + ") AS VARCHAR)"};
    case Kind::kText:
      return {"min(length(" + c + "))", "max(length(" + c + "))", "avg(length(" + c + "))"};
    case Kind::kOther:
      return {};
  }
  return {};
}

std::string profile_sql(const std::vector<Profiled>& all, const std::string& from, bool exact) {
  std::string sql = "SELECT count(*)";
  for (const Profiled& one : all) {
    const bool comparable = one.kind != Kind::kOther;
    const std::string c = comparable ? one.name : "CAST(" + one.name + " AS VARCHAR)";
    sql += ", count(" + one.name + "), ";
    sql += (exact ? "count(DISTINCT " : "approx_count_distinct(") + c + ")";
    for (const std::string& aggregate : aggregates_of(one)) sql += ", " + aggregate;
  }
  return sql + from;
}

// The one row of a query, as texts; none for NULL.
std::vector<std::optional<std::string>> row_of(Services& services, const Request& request,
                                               const api::DatabaseInfo& database,
                                               const std::string& sql) {
  api::QueryRequest query;
  query.sql = sql;
  const api::QueryRun run = services.queries.run(database, query, *request.client);
  arrow::Rows rows(services.results.open(run.result_id));
  std::vector<std::optional<std::string>> row;
  if (!rows.next()) return row;
  for (int64_t i = 0; i < rows.width(); ++i) {
    std::string text;
    const bool is_null = rows.append_cell(i, text) == arrow::CellKind::kNull;
    row.push_back(is_null ? std::nullopt : std::optional(std::move(text)));
  }
  return row;
}

value detail_of(Kind kind, const std::optional<std::string>* found) {
  const auto whole = [&](int i) { return std::stoll(found[i].value_or("0")); };
  const auto number = [&](int i) { return std::stod(found[i].value_or("nan")); };
  if (kind == Kind::kOther || !found[0]) return nullptr;
  switch (kind) {
    case Kind::kBoolean:
      return {{"type", "boolean"}, {"true_count", whole(0)}, {"false_count", whole(1)}};
    case Kind::kTemporal:
      return {{"type", "temporal"}, {"min", *found[0]}, {"max", *found[1]}};
    case Kind::kNumeric:
      // The API has no word for a column of infinities.
      if (!std::isfinite(number(2))) return nullptr;
      return {{"type", "numeric"}, {"min", *found[0]}, {"max", *found[1]}, {"mean", number(2)}};
    default:
      return {{"type", "text"},
              {"min_length", whole(0)},
              {"max_length", whole(1)},
              {"avg_length", number(2)}};
  }
}

// {"a": 3, "b": 1} of JSON as the API's list, the most frequent first.
value categories_of(const std::string& histogram, int64_t nulls) {
  std::vector<std::pair<int64_t, value>> found;
  const value parsed = model::parse_json(histogram);
  for (const auto& [text, count] : parsed.as_object()) found.emplace_back(count.as_int64(), text);
  if (nulls > 0) found.emplace_back(nulls, nullptr);
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  array values;
  for (const auto& [count, text] : found) values.push_back({{"value", text}, {"count", count}});
  return {{"type", "categorical"}, {"values", std::move(values)}};
}

object column_json(const Profiled& one, int64_t rows) {
  const int64_t nulls = rows - one.values;
  return {{"name", one.column.name},
          {"data_type", arrow::type_name(one.column.type)},
          {"cardinality", one.different},
          {"null_count", nulls},
          {"null_percentage",
           rows == 0 ? 0.0 : 100.0 * static_cast<double>(nulls) / static_cast<double>(rows)},
          {"profile", one.detail}};
}

}  // namespace

Response get_table_profile(Services& services, const Request& request) {
  const api::DatabaseInfo database = database_of_path(services, request);
  const LoadTarget target = target_of_path(services, request);
  const std::vector<TableInfo> tables =
      services.databases.open(database.id)->list_tables(target.schema);
  const auto table = std::find_if(tables.begin(), tables.end(), [&](const TableInfo& one) {
    return model::same_name(one.name, target.table);
  });
  if (table == tables.end()) {
    throw api::not_found("table '" + target.schema + "." + target.table + "' with data");
  }
  std::vector<Profiled> all;
  for (const Column& column : table->columns) {
    all.push_back({column, kind_of(column), model::quote_identifier(column.name), 0, 0, nullptr});
  }
  const std::string from = " FROM " + model::quote_identifier(target.schema) + "." +
                           model::quote_identifier(target.table);
  const auto row =
      row_of(services, request, database, profile_sql(all, from, table->rows <= kExactRows));
  const int64_t rows = std::stoll(row.at(0).value_or("0"));
  std::string histograms;
  size_t at = 1;
  for (Profiled& one : all) {
    one.values = std::stoll(row.at(at).value_or("0"));
    one.different = std::stoll(row.at(at + 1).value_or("0"));
    at += 2;
    const size_t more = aggregates_of(one).size();
    if (more > 0) one.detail = detail_of(one.kind, &row.at(at));
    at += more;
    if (!one.is_categorical()) continue;
    histograms +=
        (histograms.empty() ? "SELECT " : ", ") + ("to_json(histogram(" + one.name) + "))";
  }
  if (!histograms.empty()) {
    const auto found = row_of(services, request, database, histograms + from);
    auto next = found.begin();
    for (Profiled& one : all) {
      if (one.is_categorical())
        one.detail = categories_of((next++)->value_or("{}"), rows - one.values);
    }
  }
  array columns;
  for (const Profiled& one : all) columns.push_back(column_json(one, rows));
  const std::string synced_at = services.loader.last_sync(target);
  return json_response(200, object{{"connection", database.default_connection_id},
                                   {"schema", target.schema},
                                   {"table", target.table},
                                   {"row_count", rows},
                                   {"synced_at", synced_at.empty() ? value() : value(synced_at)},
                                   {"columns", std::move(columns)}});
}

}  // namespace hotload::server
