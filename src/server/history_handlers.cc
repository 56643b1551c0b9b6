// SPDX-License-Identifier: Apache-2.0
// What is in a database and what became of it: /v1/hotload/databases/{database_id}/...
#include "api/errors.h"
#include "api/packages.h"
#include "arrow/writer.h"
#include "model/json_reader.h"
#include "model/receipt_json.h"
#include "model/table_spec_json.h"
#include "server/handlers.h"

namespace hotload::server {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

std::shared_ptr<Database> database_of(Services& services, const Request& request) {
  return services.databases.open(request.parameter("database_id"));
}

Span span_of(const Request& request) {
  return {request.query_text("since").value_or(""), request.query_text("until").value_or("")};
}

object receipts_json(const std::vector<Receipt>& receipts) {
  array list;
  for (const Receipt& receipt : receipts) list.push_back(model::to_json(receipt));
  return {{"receipts", std::move(list)}};
}

}  // namespace

Response arrow_response(ArrowStream rows) {
  Response response;
  response.content_type = api::kArrowType;
  const std::shared_ptr<arrow::Writer> writer =
      arrow::make_writer(arrow::Format::kIpc, std::move(rows));
  response.source = [writer](std::string& out) { return writer->next(out); };
  return response;
}

Response list_own_schemas(Services& services, const Request& request) {
  return json_response(
      200, object{{"schemas", model::json_texts(database_of(services, request)->list_schemas())}});
}

Response make_schema(Services& services, const Request& request) {
  database_of(services, request)->create_schema(request.parameter("schema"));
  return empty_response(204);
}

Response drop_schema(Services& services, const Request& request) {
  database_of(services, request)->drop_schema(request.parameter("schema"));
  return empty_response(204);
}

Response list_own_tables(Services& services, const Request& request) {
  return json_response(
      200, api::list_json(
               "tables", database_of(services, request)->list_tables(request.parameter("schema"))));
}

Response get_columns(Services& services, const Request& request) {
  const auto columns = database_of(services, request)
                           ->columns(request.parameter("schema"), request.parameter("table"));
  if (!columns) throw api::not_found("table '" + request.parameter("table") + "'");
  array list;
  for (const Column& column : *columns) list.push_back(model::to_json(column));
  return json_response(200, object{{"columns", std::move(list)}});
}

Response list_pending(Services& services, const Request& request) {
  return json_response(200,
                       api::list_json("loads", database_of(services, request)->pending_loads()));
}

Response get_history(Services& services, const Request& request) {
  return json_response(
      200, receipts_json(database_of(services, request)
                             ->history(request.query_integer("limit", 0, 0, INT64_MAX))));
}

Response list_events(Services& services, const Request& request) {
  return json_response(
      200,
      api::list_json("events", database_of(services, request)->table_events(span_of(request))));
}

Response get_diff(Services& services, const Request& request) {
  Slots::Taken slot(services.slots);
  return json_response(200, api::to_json(database_of(services, request)->diff(span_of(request))));
}

Response get_diff_rows(Services& services, const Request& request) {
  return arrow_response(
      database_of(services, request)
          ->diff_rows(request.parameter("schema"), request.parameter("table"), span_of(request)));
}

Response get_changes(Services& services, const Request& request) {
  return arrow_response(
      database_of(services, request)
          ->changes(request.parameter("schema"), request.parameter("table"), span_of(request)));
}

Response undo_load(Services& services, const Request& request) {
  const value body = request.json();
  const std::string load_id = JsonReader(body, "").text("load_id");
  Slots::Taken slot(services.slots);
  return json_response(200, model::to_json(database_of(services, request)->undo(load_id)));
}

Response publish_fork(Services& services, const Request& request) {
  const std::string id = services.databases.get(request.parameter("database_id")).id;
  Slots::Taken slot(services.slots);
  return json_response(200, receipts_json(services.workspace.publish_database(id)));
}

Response scrub_database(Services& services, const Request& request) {
  Slots::Taken slot(services.slots);
  return json_response(200, api::to_json(database_of(services, request)->scrub()));
}

Response maintain_database(Services& services, const Request& request) {
  const MaintenanceOptions options = api::maintenance_options_from_json(request.json());
  Slots::Taken slot(services.slots);
  return json_response(200, api::to_json(database_of(services, request)->maintain(options)));
}

}  // namespace hotload::server
