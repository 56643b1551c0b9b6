// SPDX-License-Identifier: Apache-2.0
// Hotload's own calls under /v1/hotload, as JSON both ways: loads of many tables, what is known of
// databases and their history, SQL sessions. What comes in is hostile: kInvalidArgument names the
// field.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hotload/database.h"

namespace hotload::api {

inline constexpr const char* kArrowType = "application/vnd.apache.arrow.stream";

// Of the list of workspaces: this server takes the calls under /v1/hotload.
inline constexpr const char* kExtensionHeader = "X-Hotload-Extension";
// Of statements: what they did, and whether a transaction is open after them.
inline constexpr const char* kRowsChangedHeader = "X-Rows-Changed";
inline constexpr const char* kTransactionHeader = "X-Transaction";  // "open" or "none"

// What is known of a load.
struct LoadOutcome {
  enum class State { kOpen, kPending, kCommitted };  // open: nothing of it is kept

  State state = State::kOpen;
  std::optional<Receipt> receipt;  // of a committed one
};

// How the bytes of a staged file are to be read.
struct StageForm {
  bool arrow = false;  // an Arrow IPC stream; the options say nothing then
  StageOptions options;
};

struct StatementRequest {
  std::string sql;
  std::vector<Parameter> parameters;
  // Rises with every call that may change something. Asking again with the last number gives what
  // that call did, and does it no second time. 0: none.
  int64_t sequence = 0;
};

boost::json::object to_json(const LoadOutcome& outcome);
LoadOutcome load_outcome_from_json(const boost::json::value& value);

// The fields "format" (also "arrow"), "orjson_times", "csv_delimiter", "csv_header".
boost::json::object to_json(const StageForm& form);
StageForm stage_form_from_json(const boost::json::object& fields);

boost::json::object to_json(const SessionOptions& options);  // schema, read_only, as_of
SessionOptions session_options_from_json(const boost::json::value& value);
boost::json::object to_json(const StatementRequest& request);
StatementRequest statement_from_json(const boost::json::value& value);

boost::json::object to_json(const TableInfo& table);
TableInfo table_info_from_json(const boost::json::value& value, const std::string& path);
boost::json::object to_json(const PendingLoad& load);
PendingLoad pending_load_from_json(const boost::json::value& value, const std::string& path);
boost::json::object to_json(const TableEvent& event);
TableEvent table_event_from_json(const boost::json::value& value, const std::string& path);
boost::json::object to_json(const TableDiff& table);
boost::json::object to_json(const DatabaseDiff& diff);
DatabaseDiff database_diff_from_json(const boost::json::value& value);
boost::json::object to_json(const ScrubReport& report);
ScrubReport scrub_report_from_json(const boost::json::value& value);
boost::json::object to_json(const MaintenanceOptions& options);
MaintenanceOptions maintenance_options_from_json(const boost::json::value& value);
boost::json::object to_json(const MaintenanceReport& report);
MaintenanceReport maintenance_report_from_json(const boost::json::value& value);

// {"name": [...]}, its items through to_json.
template <typename T>
boost::json::object list_json(const char* name, const std::vector<T>& items) {
  boost::json::array list;
  for (const T& item : items) list.push_back(to_json(item));
  return {{name, std::move(list)}};
}

}  // namespace hotload::api
