// SPDX-License-Identifier: Apache-2.0
// Loads into one table, and the jobs that run them.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hotload/load.h"
#include "hotload/types.h"

namespace hotload::api {

enum class LoadMode { kReplace, kAppend, kUpsert, kUpdate, kDelete };

// How a call that may take long is answered: when it is done, or by a job after a while.
struct AsyncOptions {
  bool async = false;
  int64_t after_ms = 0;  // of async: how long to wait for a plain answer
};

struct LoadRequest {
  LoadMode mode = LoadMode::kAppend;
  std::optional<std::string> upload_id;  // exactly one of these three
  std::optional<std::string> result_id;
  std::optional<std::string> data;              // CSV
  std::optional<std::vector<std::string>> key;  // none: the declared one
  std::optional<FileFormat> format;             // none: by the bytes
  std::vector<Column> columns;                  // types that the caller states
  std::optional<std::string> idempotency_key;
  AsyncOptions async;
};

struct LoadReceipt {
  std::string connection_id;
  std::string schema_name;
  std::string table_name;
  int64_t row_count = 0;  // of the table after the load
  std::string arrow_schema_json;
};

enum class JobStatus { kPending, kRunning, kSucceeded, kPartiallySucceeded, kFailed };

struct Job {
  std::string id;
  std::string job_type;
  JobStatus status = JobStatus::kPending;
  int64_t attempts = 0;
  std::string created_at;
  std::optional<std::string> completed_at;
  std::optional<std::string> error_message;
  boost::json::value result;  // null: none
};

AsyncOptions async_from_json(const boost::json::value& value);
LoadRequest load_from_json(const boost::json::value& value);
boost::json::object to_json(const LoadReceipt& receipt);
const char* to_string(JobStatus status);
boost::json::object to_json(const Job& job);
boost::json::object submitted_json(const Job& job);
// What to_json made.
Job job_from_json(const boost::json::value& value);

}  // namespace hotload::api
