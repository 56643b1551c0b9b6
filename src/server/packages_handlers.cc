// SPDX-License-Identifier: Apache-2.0
// Loads of many tables: /v1/hotload/databases/{database_id}/loads/{schema}/{load_id}.
#include "api/errors.h"
#include "api/packages.h"
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

PackageKey key_of(const Request& request) {
  return {request.parameter("database_id"),
          {request.parameter("schema"), request.query_text("schema_name").value_or(""),
           request.parameter("load_id")}};
}

// The fields of how to read a file that the query says.
object form_fields(const Request& request) {
  object fields;
  for (const char* name : {"format", "csv_delimiter"}) {
    if (const auto text = request.query_text(name)) fields[name] = *text;
  }
  for (const char* name : {"orjson_times", "csv_header"}) {
    if (request.query_text(name)) fields[name] = request.query_boolean(name, false);
  }
  return fields;
}

template <typename T>
array array_of(const std::vector<T>& items) {
  array list;
  for (const T& item : items) list.push_back(model::to_json(item));
  return list;
}

std::vector<std::string> tables_of(const value& body) {
  return JsonReader(body, "").texts("tables");
}

// What the body of a request for a file is.
StagedInput input_of(const Request& request, const std::string& table, const std::string& job_id) {
  return {table, job_id, request.body_file, api::stage_form_from_json(form_fields(request))};
}

}  // namespace

Response get_package(Services& services, const Request& request) {
  return json_response(200, to_json(services.packages.outcome(key_of(request))));
}

Response declare_tables(Services& services, const Request& request) {
  const value body = request.json();
  const std::vector<TableSpec> specs =
      JsonReader(body, "").list("tables", model::table_spec_from_json);
  services.packages.change(key_of(request))->declare(specs);
  return empty_response(204);
}

Response publish_schema(Services& services, const Request& request) {
  const value body = request.json();
  const std::vector<RowInsert> rows =
      JsonReader(body, "").list("rows", model::row_insert_from_json);
  const Packages::Changing load = services.packages.change(key_of(request));
  Slots::Taken slot(services.slots);
  const bool published = load->publish_schema(rows);
  return json_response(200, object{{"published", published}});
}

Response drop_package_tables(Services& services, const Request& request) {
  services.packages.change(key_of(request))->drop_tables(tables_of(request.json()));
  return empty_response(204);
}

Response truncate_package_tables(Services& services, const Request& request) {
  services.packages.change(key_of(request))->truncate_tables(tables_of(request.json()));
  return empty_response(204);
}

Response delete_package_rows(Services& services, const Request& request) {
  const value body = request.json();
  services.packages.change(key_of(request))
      ->delete_rows(JsonReader(body, "").list("rows", model::row_delete_from_json));
  return empty_response(204);
}

Response insert_package_rows(Services& services, const Request& request) {
  const value body = request.json();
  services.packages.change(key_of(request))
      ->insert_rows(JsonReader(body, "").list("rows", model::row_insert_from_json));
  return empty_response(204);
}

Response run_package_sql(Services& services, const Request& request) {
  const value body = request.json();
  const std::vector<SqlJob> jobs = JsonReader(body, "").list("jobs", model::sql_job_from_json);
  const Packages::Changing load = services.packages.change(key_of(request));
  for (const SqlJob& job : jobs) load->run_sql(job);
  return empty_response(204);
}

Response stage_file(Services& services, const Request& request) {
  return json_response(200, model::to_json(services.packages.stage(
                                key_of(request), input_of(request, request.parameter("table"),
                                                          request.parameter("job_id")))));
}

Response file_columns(Services& services, const Request& request) {
  const std::vector<Column> columns =
      services.packages.columns(key_of(request), input_of(request, "", ""));
  return json_response(200, object{{"columns", array_of(columns)}});
}

// The job from a finalized upload. Asking again is answered though the upload is gone by then.
Response stage_upload(Services& services, const Request& request) {
  const value body = request.json();
  JsonReader reader(body, "");
  const std::string upload = reader.text("upload_id");
  object fields;
  if (const value* options = reader.find("options")) {
    if (!options->is_object()) reader.fail("options", "must be an object");
    fields = options->get_object();
  }
  reader.finish();
  const Claims::Held use = services.uploads.use(upload);
  services.uploads.get_finalized(upload);
  const StagedFile staged = services.packages.stage(
      key_of(request), {request.parameter("table"), request.parameter("job_id"),
                        services.uploads.path(upload), api::stage_form_from_json(fields)});
  services.uploads.set_loaded(upload);
  return json_response(200, model::to_json(staged));
}

Response list_staged(Services& services, const Request& request) {
  return json_response(
      200, object{{"files", array_of(services.packages.open(key_of(request))->staged())}});
}

Response commit_package(Services& services, const Request& request) {
  return json_response(200, model::to_json(services.packages.commit(key_of(request))));
}

Response abort_package(Services& services, const Request& request) {
  services.packages.abort(key_of(request));
  return empty_response(204);
}

}  // namespace hotload::server
