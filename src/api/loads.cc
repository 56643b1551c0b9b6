// SPDX-License-Identifier: Apache-2.0
#include "api/loads.h"

#include "api/json.h"
#include "model/identifier.h"
#include "model/json_reader.h"

namespace hotload::api {

using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr int64_t kMinAsyncAfterMs = 1000;
constexpr size_t kMaxIdempotencyKey = 255;
constexpr std::array<const char*, 5> kModes{"replace", "append", "upsert", "update", "delete"};
constexpr std::array<const char*, 5> kJobStatuses{"pending", "running", "succeeded",
                                                  "partially_succeeded", "failed"};

// {"name": "BIGINT"} or {"name": {"type": "DECIMAL", "precision": 18, "scale": 3}}.
std::vector<Column> columns_from_json(JsonReader& reader) {
  std::vector<Column> columns;
  const value* json = reader.find("columns");
  if (json == nullptr) return columns;
  if (!json->is_object()) reader.fail("columns", "is no object");
  for (const auto& [name, definition] : json->get_object()) {
    const std::string path = reader.path_of("columns");
    std::string type;
    if (definition.is_string()) {
      type = definition.get_string().c_str();
    } else {
      JsonReader parts(definition, path);
      type = parts.text("type");
      if (parts.find("precision") != nullptr) {
        type += "(" + std::to_string(parts.integer("precision", 0)) + "," +
                std::to_string(parts.integer("scale", 0)) + ")";
      }
    }
    columns.push_back({model::fold_case(std::string(name)), type, true});
  }
  return columns;
}

std::optional<FileFormat> format_from_json(JsonReader& reader) {
  const std::string word = model::fold_case(reader.text("format", ""));
  if (word.empty()) return {};
  if (word == "csv") return FileFormat::kCsv;
  if (word == "json" || word == "ndjson" || word == "jsonl") return FileFormat::kJsonl;
  if (word != "parquet") reader.fail("format", "is parquet, csv or json, not '" + word + "'");
  return FileFormat::kParquet;
}

}  // namespace

AsyncOptions async_from_json(const value& json) {
  JsonReader reader(json, "");
  AsyncOptions options{reader.boolean("async", false), reader.integer("async_after_ms", 0)};
  const bool given = reader.find("async_after_ms") != nullptr;
  if (given && !options.async) reader.fail("async_after_ms", "needs async");
  if (given && options.after_ms < kMinAsyncAfterMs) reader.fail("async_after_ms", "is below 1000");
  return options;
}

LoadRequest load_from_json(const value& json) {
  JsonReader reader(json, "");
  LoadRequest request;
  if (reader.find("mode") == nullptr) reader.fail("mode", "is missing");
  request.mode = reader.word("mode", kModes, LoadMode::kAppend);
  request.upload_id = reader.optional_text("upload_id");
  request.result_id = reader.optional_text("result_id");
  request.data = reader.optional_text("data");
  if (request.upload_id.has_value() + request.result_id.has_value() + request.data.has_value() !=
      1) {
    reader.fail("upload_id", "result_id, data: exactly one of them is needed");
  }
  if (reader.find("key") != nullptr) {
    request.key = reader.texts("key");
    for (std::string& name : *request.key) name = model::fold_case(name);
  }
  request.format = format_from_json(reader);
  request.columns = columns_from_json(reader);
  request.idempotency_key = reader.optional_text("idempotency_key");
  if (request.idempotency_key.value_or("").size() > kMaxIdempotencyKey) {
    reader.fail("idempotency_key", "has at most 255 characters");
  }
  request.async = async_from_json(json);
  return request;
}

object to_json(const LoadReceipt& receipt) {
  return {{"connection_id", receipt.connection_id},
          {"schema_name", receipt.schema_name},
          {"table_name", receipt.table_name},
          {"row_count", receipt.row_count},
          {"arrow_schema_json", receipt.arrow_schema_json}};
}

const char* to_string(JobStatus status) { return kJobStatuses[static_cast<size_t>(status)]; }

object to_json(const Job& job) {
  return {{"id", job.id},
          {"job_type", job.job_type},
          {"status", to_string(job.status)},
          {"attempts", job.attempts},
          {"created_at", job.created_at},
          {"completed_at", or_null(job.completed_at)},
          {"error_message", or_null(job.error_message)},
          {"result", job.result}};
}

object submitted_json(const Job& job) {
  return {{"id", job.id}, {"status", to_string(job.status)}, {"status_url", "/v1/jobs/" + job.id}};
}

Job job_from_json(const value& json) {
  JsonReader reader(json, "");
  Job job;
  job.id = reader.text("id");
  job.job_type = reader.text("job_type");
  job.status = reader.word("status", kJobStatuses, JobStatus::kPending);
  job.attempts = reader.integer("attempts", 0);
  job.created_at = reader.text("created_at");
  job.completed_at = reader.optional_text("completed_at");
  job.error_message = reader.optional_text("error_message");
  if (const value* result = reader.find("result")) job.result = *result;
  return job;
}

}  // namespace hotload::api
