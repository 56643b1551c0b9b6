// SPDX-License-Identifier: Apache-2.0
#include "remote/database.h"

#include <algorithm>

#include "api/packages.h"
#include "hotload/error.h"
#include "model/identifier.h"
#include "model/json_reader.h"
#include "model/receipt_json.h"
#include "model/table_spec_json.h"
#include "remote/load.h"
#include "remote/session.h"

namespace hotload::remote {

using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

Query query_of(const Span& span) {
  Query query;
  if (!span.since.empty()) query.emplace_back("since", span.since);
  if (!span.until.empty()) query.emplace_back("until", span.until);
  return query;
}

std::string table_path(const char* what, const std::string& schema, const std::string& table) {
  return what + url_encoded(schema) + "/" + url_encoded(table);
}

std::vector<Receipt> receipts_of(const value& answer) {
  return JsonReader(answer, "").list("receipts", [](const value& item, const std::string& path) {
    return model::receipt_from_json(item, path);
  });
}

}  // namespace

RemoteDatabase::RemoteDatabase(std::shared_ptr<Client> client, std::string id, std::string name)
    : client_(std::move(client)),
      id_(std::move(id)),
      name_(std::move(name)),
      path_("/v1/hotload/databases/" + url_encoded(id_)) {}

value RemoteDatabase::get(const std::string& rest, Query query) {
  return client_->call({.path = path_ + rest, .query = std::move(query)});
}

value RemoteDatabase::post(const std::string& rest, value body) {
  return client_->call({.method = "POST", .path = path_ + rest, .body = std::move(body)});
}

ArrowStream RemoteDatabase::rows(const std::string& rest, const Span& span) {
  return rows_of(client_->send({.path = path_ + rest, .query = query_of(span)}), client_);
}

std::vector<std::string> RemoteDatabase::list_schemas() {
  const value answer = get("/schemas");
  return JsonReader(answer, "").texts("schemas");
}

void RemoteDatabase::create_schema(const std::string& schema) {
  model::check_schema_name(schema);
  client_->call({.method = "PUT", .path = path_ + "/schemas/" + url_encoded(schema)});
}

void RemoteDatabase::drop_schema(const std::string& schema) {
  model::check_schema_name(schema);
  client_->call({.method = "DELETE", .path = path_ + "/schemas/" + url_encoded(schema)});
}

bool RemoteDatabase::has_schema(const std::string& schema) {
  const std::vector<std::string> all = list_schemas();
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& name) { return model::same_name(name, schema); });
}

std::vector<TableInfo> RemoteDatabase::list_tables(const std::string& schema) {
  const value answer = get("/schemas/" + url_encoded(schema) + "/tables");
  return JsonReader(answer, "").list("tables", api::table_info_from_json);
}

std::optional<std::vector<Column>> RemoteDatabase::columns(const std::string& schema,
                                                           const std::string& table) {
  try {
    const value answer =
        get("/schemas/" + url_encoded(schema) + "/tables/" + url_encoded(table) + "/columns");
    return JsonReader(answer, "").list("columns", model::column_from_json);
  } catch (const Error& error) {
    const bool table_alone = error.code() == ErrorCode::kNotFound &&
                             std::string_view(error.what()).starts_with("table '");
    if (!table_alone) throw;
    return std::nullopt;
  }
}

std::unique_ptr<Load> RemoteDatabase::open_load(const LoadKey& key, const LoadOptions&) {
  return std::make_unique<RemoteLoad>(client_, path_, key);
}

std::vector<PendingLoad> RemoteDatabase::pending_loads() {
  const value answer = get("/loads");
  return JsonReader(answer, "").list("loads", api::pending_load_from_json);
}

std::vector<Receipt> RemoteDatabase::history(int64_t limit) {
  return receipts_of(get("/history", {{"limit", std::to_string(std::max<int64_t>(0, limit))}}));
}

std::unique_ptr<Session> RemoteDatabase::open_session(const SessionOptions& options) {
  return std::make_unique<RemoteSession>(client_, path_, options);
}

ArrowStream RemoteDatabase::query(const std::string& sql) {
  return open_session({.schema = {}, .read_only = true})->query(sql, {});
}

std::vector<TableEvent> RemoteDatabase::table_events(const Span& span) {
  const value answer = get("/events", query_of(span));
  return JsonReader(answer, "").list("events", api::table_event_from_json);
}

ArrowStream RemoteDatabase::changes(const std::string& schema, const std::string& table,
                                    const Span& span) {
  return rows(table_path("/changes/", schema, table), span);
}

DatabaseDiff RemoteDatabase::diff(const Span& span) {
  return api::database_diff_from_json(get("/diff", query_of(span)));
}

ArrowStream RemoteDatabase::diff_rows(const std::string& schema, const std::string& table,
                                      const Span& span) {
  return rows(table_path("/diff/", schema, table), span);
}

Receipt RemoteDatabase::undo(const std::string& load_id) {
  return model::receipt_from_json(post("/undo", object{{"load_id", load_id}}));
}

std::vector<Receipt> RemoteDatabase::publish() { return receipts_of(post("/publish", object())); }

ScrubReport RemoteDatabase::scrub() {
  return api::scrub_report_from_json(post("/scrub", object()));
}

MaintenanceReport RemoteDatabase::maintain(const MaintenanceOptions& options) {
  return api::maintenance_report_from_json(post("/maintain", api::to_json(options)));
}

}  // namespace hotload::remote
