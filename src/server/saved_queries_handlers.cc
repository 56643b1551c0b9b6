// SPDX-License-Identifier: Apache-2.0
// Saved queries: statements under a name, of which every change makes a version.
#include "api/errors.h"
#include "api/json.h"
#include "model/json_reader.h"
#include "server/handlers.h"
#include "server/text.h"

namespace hotload::server {

using boost::json::array;
using boost::json::object;
using boost::json::value;

namespace {

constexpr const char* kSavedQueryKind = "saved_query";
constexpr size_t kMaxName = 255;

object saved(Services& services, const Request& request) {
  const std::string& id = request.parameter("id");
  const auto record = services.journal.get(kSavedQueryKind, id);
  if (!record) throw api::not_found("saved query '" + id + "'");
  return record->as_object();
}

std::string checked_name(model::JsonReader& reader) {
  std::string name = reader.text("name");
  if (name.empty() || name.size() > kMaxName) reader.fail("name", "has 1 to 255 characters");
  return name;
}

object new_version(const Services& services, model::JsonReader& reader, size_t number) {
  const std::string sql = reader.text("sql");
  if (sql.empty() || static_cast<int64_t>(sql.size()) > services.config.max_sql_bytes) {
    reader.fail("sql", "is empty or too long");
  }
  return {
      {"version", number}, {"sql", sql}, {"sql_hash", sha256_hex(sql)}, {"created_at", now_utc()}};
}

object summary_json(const object& record) {
  object json = record;
  json.erase("versions");
  json["latest_version"] = record.at("versions").as_array().size();
  return json;
}

object detail_json(const object& record) {
  object json = summary_json(record);
  const value& latest = record.at("versions").as_array().back();
  json["sql"] = latest.at("sql");
  json["sql_hash"] = latest.at("sql_hash");
  return json;
}

}  // namespace

Response list_saved_queries(Services& services, const Request& request) {
  std::vector<value> records = services.journal.list(kSavedQueryKind);
  constexpr ListOf kList{.name = "queries"};
  const PageOf page = cut_page(request, kList, records, [](const value& record) {
    return time_key(record.at("created_at").as_string().c_str(),
                    record.at("id").as_string().c_str());
  });
  array items;
  for (const value& record : records) items.push_back(summary_json(record.as_object()));
  return json_response(200, page_json(kList, std::move(items), page));
}

Response create_saved_query(Services& services, const Request& request) {
  const value json = request.json();
  model::JsonReader reader(json, "");
  const std::string id = "qry" + random_hex(12);
  const std::string now = now_utc();
  const object record{{"id", id},
                      {"name", checked_name(reader)},
                      {"description", reader.text("description", "")},
                      {"tags", model::json_texts(reader.texts("tags"))},
                      {"versions", array{new_version(services, reader, 1)}},
                      {"created_at", now},
                      {"updated_at", now}};
  services.journal.put(kSavedQueryKind, id, record);
  return json_response(201, detail_json(record));
}

Response get_saved_query(Services& services, const Request& request) {
  return json_response(200, detail_json(saved(services, request)));
}

Response update_saved_query(Services& services, const Request& request) {
  object record = saved(services, request);
  const value json = request.json();
  model::JsonReader reader(json, "");
  if (reader.find("name") != nullptr) record["name"] = checked_name(reader);
  if (reader.find("description") != nullptr) record["description"] = reader.text("description");
  if (reader.find("tags") != nullptr) record["tags"] = model::json_texts(reader.texts("tags"));
  if (reader.find("category_override") != nullptr) {
    record["category"] = reader.text("category_override");
  }
  if (reader.find("table_size_override") != nullptr) {
    record["table_size"] = reader.text("table_size_override");
  }
  array& versions = record.at("versions").as_array();
  if (reader.find("sql") != nullptr &&
      reader.text("sql") != versions.back().at("sql").as_string()) {
    versions.push_back(new_version(services, reader, versions.size() + 1));
  }
  record["updated_at"] = now_utc();
  services.journal.put(kSavedQueryKind, request.parameter("id"), record);
  return json_response(200, detail_json(record));
}

Response delete_saved_query(Services& services, const Request& request) {
  saved(services, request);
  services.journal.erase(kSavedQueryKind, request.parameter("id"));
  return empty_response(204);
}

Response execute_saved_query(Services& services, const Request& request) {
  const api::DatabaseInfo database = database_of_header(services, request);
  const object record = saved(services, request);
  const array& versions = record.at("versions").as_array();
  const value json = request.json();
  const int64_t last = static_cast<int64_t>(versions.size());
  const int64_t version = model::JsonReader(json, "").integer("version", last);
  if (version < 1 || version > last) {
    throw api::not_found("version " + std::to_string(version) + " of this saved query");
  }
  api::QueryRequest query;
  query.sql = versions[static_cast<size_t>(version - 1)].at("sql").as_string().c_str();
  query.saved_query_id = request.parameter("id");
  return answer_query(services, request, database, query);
}

Response list_saved_query_versions(Services& services, const Request& request) {
  const object record = saved(services, request);
  constexpr ListOf kList{.name = "versions"};
  const array& all = record.at("versions").as_array();
  std::vector<value> versions(all.begin(), all.end());
  const PageOf page = cut_page(request, kList, versions, [](const value& version) {
    // Whole numbers in the order of their texts.
    const std::string digits = std::to_string(version.at("version").as_int64());
    return std::string(20 - digits.size(), '0') + digits;
  });
  object body = page_json(kList, array(versions.begin(), versions.end()), page);
  body["saved_query_id"] = request.parameter("id");
  return json_response(200, body);
}

}  // namespace hotload::server
