// SPDX-License-Identifier: Apache-2.0
// Queries, their runs, and what is known of their results.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "api/loads.h"

namespace hotload::api {

struct QueryRequest {
  std::string sql;
  std::optional<std::string> database_id;
  std::string default_catalog;
  std::string default_schema;
  AsyncOptions async;
  std::optional<std::string> saved_query_id;  // that it comes from
};

// "running", then one of the others; clients know no further word.
enum class RunStatus { kRunning, kSucceeded, kFailed, kInterrupted };

struct QueryRun {
  std::string id;
  RunStatus status = RunStatus::kRunning;
  std::string database_id;
  std::string created_at;
  std::optional<std::string> completed_at;
  std::string sql_text;
  std::string sql_hash;
  std::string result_id;  // empty until there is one
  std::optional<std::string> error_message;
  std::optional<std::string> saved_query_id;
  int64_t row_count = 0;
  int64_t execution_time_ms = 0;
};

QueryRequest query_from_json(const boost::json::value& value);
const char* to_string(RunStatus status);
boost::json::object to_json(const QueryRun& run);
// What to_json made.
QueryRun run_from_json(const boost::json::value& value);
boost::json::object accepted_json(const QueryRun& run);

}  // namespace hotload::api
