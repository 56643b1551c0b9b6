// SPDX-License-Identifier: Apache-2.0
#include "api/queries.h"

#include "api/json.h"
#include "model/json_reader.h"

namespace hotload::api {

using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr std::array<const char*, 4> kRunStatuses{"running", "succeeded", "failed", "interrupted"};

}  // namespace

QueryRequest query_from_json(const value& json) {
  JsonReader reader(json, "");
  return {reader.text("sql"),
          reader.optional_text("database_id"),
          reader.text("default_catalog", ""),
          reader.text("default_schema", ""),
          async_from_json(json),
          {}};
}

const char* to_string(RunStatus status) { return kRunStatuses[static_cast<size_t>(status)]; }

object to_json(const QueryRun& run) {
  const bool succeeded = run.status == RunStatus::kSucceeded;
  return {{"id", run.id},
          {"status", to_string(run.status)},
          {"database_id", run.database_id},
          {"created_at", run.created_at},
          {"completed_at", or_null(run.completed_at)},
          {"snapshot_id", run.id},
          {"sql_hash", run.sql_hash},
          {"sql_text", run.sql_text},
          {"result_id", run.result_id.empty() ? value(nullptr) : value(run.result_id)},
          {"error_message", or_null(run.error_message)},
          {"saved_query_id", or_null(run.saved_query_id)},
          {"row_count", succeeded ? value(run.row_count) : value(nullptr)},
          {"execution_time_ms", run.execution_time_ms}};
}

QueryRun run_from_json(const value& json) {
  JsonReader reader(json, "");
  QueryRun run;
  run.id = reader.text("id");
  run.status = reader.word("status", kRunStatuses, RunStatus::kRunning);
  run.database_id = reader.text("database_id", "");
  run.created_at = reader.text("created_at");
  run.completed_at = reader.optional_text("completed_at");
  run.sql_text = reader.text("sql_text");
  run.sql_hash = reader.text("sql_hash");
  run.result_id = reader.text("result_id", "");
  run.error_message = reader.optional_text("error_message");
  run.saved_query_id = reader.optional_text("saved_query_id");
  run.row_count = reader.integer("row_count", 0);
  run.execution_time_ms = reader.integer("execution_time_ms", 0);
  return run;
}

object accepted_json(const QueryRun& run) {
  return {{"query_run_id", run.id},
          {"status", to_string(run.status)},
          {"status_url", "/v1/query-runs/" + run.id}};
}

}  // namespace hotload::api
