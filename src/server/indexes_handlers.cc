// SPDX-License-Identifier: Apache-2.0
// Indexes are declarations here: the engine prunes files by their statistics, and finds nearest
// vectors exactly, without any. They are kept so that clients find what they have made.
#include "api/errors.h"
#include "api/json.h"
#include "model/identifier.h"
#include "model/json_reader.h"
#include "server/handlers.h"
#include "server/text.h"

namespace hotload::server {

using boost::json::object;
using boost::json::value;

namespace {

constexpr const char* kIndexKind = "index";
constexpr std::array<const char*, 3> kTypes{"sorted", "bm25", "vector"};
enum class IndexType { kSorted, kBm25, kVector };

std::string table_prefix(const LoadTarget& table) { return table_id(table) + "/"; }

std::vector<Column> columns_of_table(Services& services, const LoadTarget& table) {
  const auto columns =
      services.databases.open(table.database_id)->columns(table.schema, table.table);
  if (!columns) throw api::not_found("table '" + table.schema + "." + table.table + "' with data");
  return *columns;
}

}  // namespace

Response create_index(Services& services, const Request& request) {
  const value json = request.json();
  model::JsonReader reader(json, "");
  const std::string name = reader.text("index_name");
  const IndexType type = reader.word("index_type", kTypes, IndexType::kSorted);
  const std::vector<std::string> columns = reader.texts("columns");
  if (type == IndexType::kBm25) {
    throw api::Failure(501, api::kNotImplemented, "full-text search is not part of this server");
  }
  if (columns.empty()) reader.fail("columns", "is empty");
  const LoadTarget table = target_of_path(services, request);
  const std::vector<Column> there = columns_of_table(services, table);
  for (const std::string& column : columns) {
    if (model::find_column(there, column) == nullptr)
      throw api::not_found("column '" + column + "'");
  }
  const std::string prefix = table_prefix(table);
  const std::string now = now_utc();
  object index{
      {"index_name", name},
      {"index_type", kTypes[static_cast<size_t>(type)]},
      {"columns", model::json_texts(columns)},
      {"status", "ready"},
      {"metric", type == IndexType::kVector ? value(reader.text("metric", "l2")) : value()},
      {"created_at", now},
      {"updated_at", now}};
  if (services.journal.get(kIndexKind, prefix + name)) {
    throw api::already_exists("index '" + name + "'");
  }
  services.journal.put(kIndexKind, prefix + name, index);
  if (!reader.boolean("async", false)) return json_response(201, index);
  const api::Job job = services.jobs.submit("create_index", "", index);
  return json_response(202, api::submitted_json(job));
}

Response list_indexes(Services& services, const Request& request) {
  boost::json::array list;
  for (value& index :
       services.journal.list(kIndexKind, table_prefix(target_of_path(services, request)))) {
    list.push_back(std::move(index));
  }
  return json_response(200, object{{"indexes", std::move(list)}});
}

Response list_all_indexes(Services& services, const Request& request) {
  const api::DatabaseInfo database = database_of_header(services, request);
  const auto connection = request.query_text("connection_id");
  if (connection && *connection != database.default_connection_id) {
    throw api::not_found("connection '" + *connection + "' in this database");
  }
  const auto schema = request.query_text("schema");
  const auto table = request.query_text("table");
  const auto type = request.query_text("index_type");
  std::vector<object> all;
  for (const auto& [id, index] : services.journal.entries(kIndexKind, database.id + "/")) {
    // "db1/schema.table/name"
    const std::string names = id.substr(database.id.size() + 1);
    const size_t dot = names.find('.');
    const size_t slash = names.find('/', dot);
    object entry = index.as_object();
    entry["connection_id"] = database.default_connection_id;
    entry["schema_name"] = names.substr(0, dot);
    entry["table_name"] = names.substr(dot + 1, slash - dot - 1);
    if (entry.at("metric").is_null()) entry.erase("metric");
    const auto is = [&](const char* field, const std::optional<std::string>& wanted) {
      return !wanted || entry.at(field).as_string() == *wanted;
    };
    if (is("schema_name", schema) && is("table_name", table) && is("index_type", type)) {
      all.push_back(std::move(entry));
    }
  }
  constexpr ListOf kList{.name = "indexes", .order = ListOf::Order::kAscending};
  const PageOf page = cut_page(request, kList, all, [](const object& index) {
    std::string key;
    for (const char* part : {"schema_name", "table_name", "index_name"}) {
      key.append(index.at(part).as_string()).push_back('\0');
    }
    return key;
  });
  return json_response(200, page_json(kList, boost::json::array(all.begin(), all.end()), page));
}

Response delete_index(Services& services, const Request& request) {
  const std::string id =
      table_prefix(target_of_path(services, request)) + request.parameter("index_name");
  if (!services.journal.get(kIndexKind, id)) {
    throw api::not_found("index '" + request.parameter("index_name") + "'");
  }
  services.journal.erase(kIndexKind, id);
  return empty_response(204);
}

}  // namespace hotload::server
