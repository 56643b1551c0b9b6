// SPDX-License-Identifier: Apache-2.0
#include "lake/allowed_functions.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <string_view>

#include "lake/sql_tokens.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

// Scalar functions of the engine that do more than compute, or trust what they are given.
constexpr std::array<std::string_view, 21> kRefused{"combine",
                                                    "create_sort_key",
                                                    "currval",
                                                    "current_catalog",
                                                    "current_database",
                                                    "current_schema",
                                                    "current_schemas",
                                                    "current_setting",
                                                    "finalize",
                                                    "getenv",
                                                    "getvariable",
                                                    "in_search_path",
                                                    "nextval",
                                                    "query",
                                                    "query_table",
                                                    "set_config",
                                                    "sleep_ms",
                                                    "txid_current",
                                                    "write_log",
                                                    "parse_duckdb_log_message",
                                                    "current_connection_id"};

constexpr std::array<std::string_view, 9> kRefusedPrefixes{
    "__internal", "json_serialize", "json_deserialize", "json_execute", "ducklake", "duckdb_",
    "pg_",        "read_",          "parquet_"};

// Macros of the engine may read its catalog: only these are known not to.
constexpr std::array<std::string_view, 5> kMacroPrefixes{"list_", "array_", "map_contains_",
                                                         "json_group_", "md5_number_"};
constexpr std::array<std::string_view, 22> kMacros{
    "ago",        "current_role", "current_user",        "date_add",   "days_in_month",
    "fdiv",       "fmod",         "generate_subscripts", "geomean",    "geometric_mean",
    "json",       "nullif",       "pg_size_pretty",      "pg_typeof",  "regexp_split_to_table",
    "round_even", "roundbankers", "session_user",        "split_part", "user",
    "wavg",       "weighted_avg"};

// What the parser knows by itself, and what create_outer_functions makes.
constexpr std::array<std::string_view, 7> kOthers{
    "unnest",          "unlist",      "to_unixtime",         "to_local_time",
    "cosine_distance", "l2_distance", "negative_dot_product"};

constexpr std::array<std::string_view, 8> kTableFunctions{"range",     "generate_series", "unnest",
                                                          "json_each", "json_tree",       "repeat",
                                                          "unlist",    "repeat_row"};

template <size_t N>
bool begins_with_one_of(const std::array<std::string_view, N>& prefixes, std::string_view name) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

std::set<std::string> list_functions(engine::Connection& connection) {
  std::set<std::string> names(kOthers.begin(), kOthers.end());
  for (const engine::Row& row : connection.rows(
           "SELECT DISTINCT lower(function_name), function_type = 'macro' FROM duckdb_functions() "
           "WHERE internal AND database_name = 'system' "
           "AND function_type IN ('scalar', 'aggregate', 'macro')")) {
    const std::string& name = *row[0];
    const bool allowed =
        *row[1] == "true"
            ? is_one_of(kMacros, name) || begins_with_one_of(kMacroPrefixes, name)
            : !is_one_of(kRefused, name) && !begins_with_one_of(kRefusedPrefixes, name);
    if (allowed) names.insert(name);
  }
  return names;
}

}  // namespace

bool is_allowed_function(engine::Connection& connection, const std::string& name) {
  static std::mutex mutex;
  static std::set<std::string> names;  // one engine a process: the same for all instances
  std::lock_guard lock(mutex);
  if (names.empty()) names = list_functions(connection);
  return names.contains(name);
}

bool is_allowed_table_function(const std::string& name) { return is_one_of(kTableFunctions, name); }

void create_outer_functions(engine::Connection& connection) {
  for (const char* macro :
       {"to_unixtime(x) AS CAST(floor(epoch(CAST(x AS TIMESTAMPTZ))) AS BIGINT)",
        "to_local_time(x) AS CAST(x AS TIMESTAMP)",
        "cosine_distance(a, b) AS list_cosine_distance(CAST(a AS DOUBLE[]), CAST(b AS DOUBLE[]))",
        "l2_distance(a, b) AS list_distance(CAST(a AS DOUBLE[]), CAST(b AS DOUBLE[]))",
        "negative_dot_product(a, b) AS "
        "list_negative_inner_product(CAST(a AS DOUBLE[]), CAST(b AS DOUBLE[]))"}) {
    connection.run(std::string("CREATE MACRO memory.main.") + macro);
  }
}

}  // namespace hotload::lake
