// SPDX-License-Identifier: Apache-2.0
// What those who run the server ask, and what people and programs leave beside a database.
#include "api/errors.h"
#include "model/json_reader.h"
#include "server/handlers.h"
#include "server/openapi.h"
#include "server/text.h"

namespace hotload::server {

using boost::json::object;
using boost::json::value;

namespace {

constexpr const char* kContext = "context";
constexpr size_t kMaxContextBytes = size_t{1} << 20;

std::string context_id(const Request& request, const std::string& name) {
  return request.parameter("database_id") + "/" + name;
}

void add_metric(std::string& text, const char* name, const char* type, const char* help,
                int64_t number) {
  text += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n" +
          name + " " + std::to_string(number) + "\n";
}

}  // namespace

Response health(Services&, const Request&) {
  return json_response(200, object{{"status", "ok"}, {"version", HOTLOAD_VERSION}});
}

Response ready(Services& services, const Request&) {
  services.workspace.list_databases();
  return json_response(200, object{{"status", "ready"}});
}

// The engine does not tell how many bytes a query read.
Response get_usage(Services& services, const Request& request) {
  const auto wanted = request.query_text("since");
  const std::string month = now_utc().substr(0, 7) + "-01T00:00:00.000000Z";
  const std::string since = wanted ? parse_time(*wanted) : month;
  int64_t queries = 0;
  for (const api::DatabaseInfo& database : services.databases.list()) {
    for (const api::QueryRun& run : services.queries.list(database.id)) {
      queries += run.status != api::RunStatus::kRunning && run.created_at >= since;
    }
  }
  const int64_t bytes =
      folder_bytes(lake_folder(services.config)) + folder_bytes(server_folder(services.config));
  return json_response(200, object{{"since", since},
                                   {"query_count", queries},
                                   {"bytes_scanned", 0},
                                   {"storage_bytes", bytes},
                                   {"storage_captured_at", now_utc()}});
}

// In the text format of Prometheus.
Response metrics(Services& services, const Request&) {
  Response response;
  response.content_type = "text/plain; version=0.0.4";
  std::string& text = response.body;
  text =
      "# HELP hotload_requests_total Answers by the class of their status.\n"
      "# TYPE hotload_requests_total counter\n";
  for (size_t hundreds = 2; hundreds < services.answers.size(); ++hundreds) {
    text += "hotload_requests_total{status=\"" + std::to_string(hundreds) + "xx\"} " +
            std::to_string(services.answers[hundreds]) + "\n";
  }
  const auto count = [&](const char* kind) {
    return static_cast<int64_t>(services.journal.count(kind));
  };
  add_metric(text, "hotload_databases", "gauge", "Databases.", count("database"));
  add_metric(text, "hotload_uploads", "gauge", "Uploads that are remembered.", count("upload"));
  add_metric(text, "hotload_results", "gauge", "Results that are kept.", count("result"));
  add_metric(text, "hotload_jobs", "gauge", "Jobs that are remembered.", count("job"));
  add_metric(text, "hotload_query_runs", "gauge", "Runs of queries that are remembered.",
             count("query_run"));
  return response;
}

Response openapi(Services& services, const Request&) {
  static const std::string kAll = boost::json::serialize(openapi_document(routes()));
  static const std::string kPlain = boost::json::serialize(openapi_document(plain_routes()));
  Response response;
  response.body = services.config.plain ? kPlain : kAll;
  return response;
}

Response list_contexts(Services& services, const Request& request) {
  services.databases.get(request.parameter("database_id"));
  boost::json::array list;
  for (value& entry : services.journal.list(kContext, context_id(request, ""))) {
    list.push_back(std::move(entry));
  }
  return json_response(200, object{{"contexts", std::move(list)}});
}

Response put_context(Services& services, const Request& request) {
  services.databases.get(request.parameter("database_id"));
  const value json = request.json();
  model::JsonReader reader(json, "");
  const std::string name = reader.text("name");
  const std::string content = reader.text("content");
  if (name.empty() || name.size() > 255 || name.find('/') != std::string::npos) {
    reader.fail("name", "has 1 to 255 characters, and no /");
  }
  if (content.size() > kMaxContextBytes) reader.fail("content", "has at most 1 MiB");
  const object entry{{"name", name}, {"content", content}, {"updated_at", now_utc()}};
  services.journal.put(kContext, context_id(request, name), entry);
  return json_response(200, object{{"context", entry}});
}

Response get_context(Services& services, const Request& request) {
  services.databases.get(request.parameter("database_id"));
  const std::string& name = request.parameter("name");
  const auto entry = services.journal.get(kContext, context_id(request, name));
  if (!entry) throw api::not_found("context '" + name + "'");
  return json_response(200, object{{"context", *entry}});
}

Response delete_context(Services& services, const Request& request) {
  services.databases.get(request.parameter("database_id"));
  const std::string& name = request.parameter("name");
  const std::string id = context_id(request, name);
  if (!services.journal.get(kContext, id)) throw api::not_found("context '" + name + "'");
  services.journal.erase(kContext, id);
  return empty_response(204);
}

}  // namespace hotload::server
