// SPDX-License-Identifier: Apache-2.0
#include "api/packages.h"

#include <array>

#include "api/json.h"
#include "model/json_reader.h"
#include "model/receipt_json.h"
#include "model/table_spec_json.h"

namespace hotload::api {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr std::array kStates{"open", "pending", "committed"};  // in the enum's order

template <typename T>
array array_of(const std::vector<T>& items) {
  array list;
  for (const T& item : items) list.push_back(model::to_json(item));
  return list;
}

}  // namespace

object to_json(const LoadOutcome& outcome) {
  return {{"state", kStates[static_cast<size_t>(outcome.state)]},
          {"receipt", outcome.receipt ? model::to_json(*outcome.receipt) : value(nullptr)}};
}

LoadOutcome load_outcome_from_json(const value& json) {
  JsonReader reader(json, "");
  LoadOutcome outcome;
  outcome.state = reader.word("state", kStates, outcome.state);
  if (const value* receipt = reader.find("receipt")) {
    outcome.receipt = model::receipt_from_json(*receipt, "receipt");
  }
  return outcome;
}

object to_json(const StageForm& form) {
  if (form.arrow) return {{"format", "arrow"}};
  object fields = model::to_json(form.options).as_object();
  fields.erase("immutable");
  return fields;
}

StageForm stage_form_from_json(const object& fields) {
  const value* format = fields.if_contains("format");
  if (format != nullptr && format->is_string() && format->get_string() == "arrow") {
    return {true, {}};
  }
  StageForm form{false, model::stage_options_from_json(fields, "")};
  form.options.immutable = true;  // the server's own file
  return form;
}

object to_json(const TableInfo& table) {
  return {{"schema", table.schema},
          {"name", table.name},
          {"rows", table.rows},
          {"files", table.files},
          {"size_bytes", table.size_bytes},
          {"columns", array_of(table.columns)}};
}

TableInfo table_info_from_json(const value& json, const std::string& path) {
  JsonReader reader(json, path);
  TableInfo table;
  table.schema = reader.text("schema");
  table.name = reader.text("name");
  table.columns = reader.list("columns", model::column_from_json);
  table.rows = reader.integer("rows", 0);
  table.files = reader.integer("files", 0);
  table.size_bytes = reader.integer("size_bytes", 0);
  return table;
}

object to_json(const PendingLoad& load) {
  return {{"key", model::to_json(load.key)},
          {"jobs", load.jobs},
          {"size_bytes", load.size_bytes},
          {"touched_at", load.touched_at}};
}

PendingLoad pending_load_from_json(const value& json, const std::string& path) {
  JsonReader reader(json, path);
  PendingLoad load;
  if (const value* key = reader.find("key")) load.key = model::load_key_from_json(*key, "key");
  load.jobs = reader.integer("jobs", 0);
  load.size_bytes = reader.integer("size_bytes", 0);
  load.touched_at = reader.text("touched_at");
  return load;
}

object to_json(const TableEvent& event) {
  return {{"snapshot", event.snapshot},
          {"load_id", event.load_id},
          {"schema", event.schema},
          {"table", event.table},
          {"kind", event.kind}};
}

TableEvent table_event_from_json(const value& json, const std::string& path) {
  JsonReader reader(json, path);
  return {reader.integer("snapshot", 0), reader.text("load_id", ""), reader.text("schema"),
          reader.text("table"), reader.text("kind")};
}

object to_json(const TableDiff& table) {
  return {{"schema", table.schema},     {"table", table.table},
          {"kind", table.kind},         {"key", model::json_texts(table.key)},
          {"inserted", table.inserted}, {"updated", table.updated},
          {"deleted", table.deleted},   {"altered", table.altered}};
}

object to_json(const DatabaseDiff& diff) {
  array tables;
  for (const TableDiff& table : diff.tables) tables.push_back(to_json(table));
  return {{"since", diff.since}, {"until", diff.until}, {"tables", std::move(tables)}};
}

DatabaseDiff database_diff_from_json(const value& json) {
  JsonReader reader(json, "");
  DatabaseDiff diff;
  diff.since = reader.integer("since", 0);
  diff.until = reader.integer("until", 0);
  diff.tables = reader.list("tables", [](const value& item, const std::string& path) {
    JsonReader fields(item, path);
    TableDiff table;
    table.schema = fields.text("schema");
    table.table = fields.text("table");
    table.kind = fields.text("kind");
    table.key = fields.texts("key");
    table.inserted = fields.integer("inserted", 0);
    table.updated = fields.integer("updated", 0);
    table.deleted = fields.integer("deleted", 0);
    table.altered = fields.boolean("altered", false);
    return table;
  });
  return diff;
}

object to_json(const ScrubReport& report) {
  array findings;
  for (const ScrubFinding& finding : report.findings) {
    findings.push_back(
        {{"kind", finding.kind}, {"table", finding.table}, {"detail", finding.detail}});
  }
  return {{"tables", report.tables},
          {"files", report.files},
          {"rows", report.rows},
          {"findings", std::move(findings)}};
}

ScrubReport scrub_report_from_json(const value& json) {
  JsonReader reader(json, "");
  ScrubReport report;
  report.tables = reader.integer("tables", 0);
  report.files = reader.integer("files", 0);
  report.rows = reader.integer("rows", 0);
  report.findings = reader.list("findings", [](const value& item, const std::string& path) {
    JsonReader fields(item, path);
    return ScrubFinding{fields.text("kind"), fields.text("table", ""), fields.text("detail", "")};
  });
  return report;
}

object to_json(const MaintenanceOptions& options) {
  return {{"compact", options.compact},
          {"sweep", options.sweep},
          {"dry_run", options.dry_run},
          {"retention_seconds", or_null(options.retention_seconds)},
          {"grace_seconds", options.grace_seconds}};
}

MaintenanceOptions maintenance_options_from_json(const value& json) {
  JsonReader reader(json, "");
  MaintenanceOptions options;
  options.compact = reader.boolean("compact", options.compact);
  options.sweep = reader.boolean("sweep", options.sweep);
  options.dry_run = reader.boolean("dry_run", options.dry_run);
  options.retention_seconds = reader.optional_integer("retention_seconds");
  options.grace_seconds = reader.integer("grace_seconds", options.grace_seconds);
  reader.finish();
  return options;
}

object to_json(const MaintenanceReport& report) {
  return {{"tables_compacted", report.tables_compacted},   {"files_merged", report.files_merged},
          {"orphans_removed", report.orphans_removed},     {"bytes_freed", report.bytes_freed},
          {"snapshots_expired", report.snapshots_expired}, {"loads_expired", report.loads_expired}};
}

MaintenanceReport maintenance_report_from_json(const value& json) {
  JsonReader reader(json, "");
  MaintenanceReport report;
  report.tables_compacted = reader.integer("tables_compacted", 0);
  report.files_merged = reader.integer("files_merged", 0);
  report.orphans_removed = reader.integer("orphans_removed", 0);
  report.bytes_freed = reader.integer("bytes_freed", 0);
  report.snapshots_expired = reader.integer("snapshots_expired", 0);
  report.loads_expired = reader.integer("loads_expired", 0);
  return report;
}

}  // namespace hotload::api
