// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "api/errors.h"
#include "model/identifier.h"
#include "model/json_reader.h"
#include "server/handlers.h"

namespace hotload::server {

using api::DatabaseInfo;
using api::TableDecl;
using boost::json::array;
using boost::json::object;

namespace {

struct Listed {
  std::string connection_id;
  std::string database_id;
  std::string schema;
  TableDecl declared;
  std::optional<TableInfo> live;  // none: never loaded
};

// Whether `name` is like `pattern`, in which % stands for any text; _ is itself.
bool is_like(std::string_view name, std::string_view pattern) {
  size_t wild = pattern.find('%');
  if (wild == std::string_view::npos) return name == pattern;
  if (!name.starts_with(pattern.substr(0, wild))) return false;
  name.remove_prefix(wild);
  // Each text between two % is taken where it first occurs; the last one must be the end.
  while (true) {
    pattern.remove_prefix(wild + 1);
    wild = pattern.find('%');
    if (wild == std::string_view::npos) return name.ends_with(pattern);
    const size_t found = name.find(pattern.substr(0, wild));
    if (found == std::string_view::npos) return false;
    name.remove_prefix(found + wild);
  }
}

bool wanted(const std::string& name, const std::optional<std::string>& pattern) {
  return !pattern || is_like(model::fold_case(name), model::fold_case(*pattern));
}

// By schema and table, in the order of their names.
std::vector<Listed> tables_of(Services& services, const DatabaseInfo& info,
                              const Request& request) {
  const auto schema_pattern = request.query_text("schema");
  const auto table_pattern = request.query_text("table");
  std::map<std::pair<std::string, std::string>, Listed> found;
  for (const auto& [schema, tables] : info.schemas) {
    for (const auto& [name, declared] : tables) {
      found[{schema, name}] = {info.default_connection_id, info.id, schema, declared, {}};
    }
  }
  const std::shared_ptr<Database> database = services.databases.open(info.id);
  for (const std::string& schema : database->list_schemas()) {
    if (!wanted(schema, schema_pattern)) continue;
    for (const TableInfo& table : database->list_tables(schema)) {
      Listed& listed = found[{model::fold_case(schema), model::fold_case(table.name)}];
      if (listed.schema.empty()) {
        listed = {info.default_connection_id, info.id, schema, {table.name}, {}};
      }
      listed.live = table;
    }
  }
  std::vector<Listed> list;
  for (auto& [names, listed] : found) {
    if (wanted(names.first, schema_pattern) && wanted(names.second, table_pattern)) {
      list.push_back(std::move(listed));
    }
  }
  return list;
}

object table_json(Services& services, const Listed& table, bool with_columns) {
  const std::string last_sync = services.loader.last_sync(
      {table.database_id, table.schema, model::fold_case(table.declared.name)});
  object json{
      {"connection", table.connection_id},
      {"schema", table.schema},
      {"table", table.declared.name},
      {"synced", table.live.has_value()},
      {"last_sync", last_sync.empty() ? boost::json::value() : boost::json::value(last_sync)},
      {"partition_by", partition_json(table.declared)},
      {"sorted_by", sort_json(table.declared)},
      {"constant_per_key", model::json_texts(table.declared.constant_per_key)}};
  if (!with_columns) return json;
  json["columns"] = columns_json(table.live ? table.live->columns : std::vector<Column>());
  return json;
}

}  // namespace

Response create_schema(Services& services, const Request& request) {
  const DatabaseInfo database = database_of_path(services, request);
  const api::SchemaDecl schema = api::schema_decl_from_json(request.json(), "");
  services.databases.add_schema(database.id, schema);
  array tables;
  for (const TableDecl& table : schema.tables) tables.emplace_back(table.name);
  return json_response(201, object{{"connection_id", database.default_connection_id},
                                   {"schema", schema.name},
                                   {"tables", std::move(tables)}});
}

Response create_table(Services& services, const Request& request) {
  const DatabaseInfo database = database_of_path(services, request);
  const std::string schema = model::fold_case(request.parameter("schema"));
  const TableDecl table = api::table_decl_from_json(request.json(), "");
  services.databases.add_table(database.id, schema, table);
  return json_response(201, object{{"connection_id", database.default_connection_id},
                                   {"schema", schema},
                                   {"table", table.name}});
}

Response set_constant_per_key(Services& services, const Request& request) {
  const DatabaseInfo database = database_of_path(services, request);
  const LoadTarget target = target_of_path(services, request);
  const boost::json::value json = request.json();
  std::vector<std::string> columns = model::JsonReader(json, "").texts("constant_per_key");
  for (std::string& column : columns) column = model::fold_case(column);
  services.databases.set_constant_per_key(database.id, target.schema, target.table, columns);
  return json_response(200, object{{"connection_id", database.default_connection_id},
                                   {"schema", target.schema},
                                   {"table", target.table},
                                   {"constant_per_key", model::json_texts(columns)}});
}

Response delete_table(Services& services, const Request& request) {
  services.loader.drop(target_of_path(services, request));
  return empty_response(204);
}

Response information_schema(Services& services, const Request& request) {
  std::vector<DatabaseInfo> databases;
  if (const auto connection = request.query_text("connection_id")) {
    databases = {services.databases.by_connection(*connection)};
  } else if (!request.header("x-database-id").empty()) {
    databases = {database_of_header(services, request)};
  } else {
    databases = services.databases.list();
  }
  std::vector<Listed> all;
  for (const DatabaseInfo& database : databases) {
    for (Listed& table : tables_of(services, database, request)) all.push_back(std::move(table));
  }
  const bool with_columns = request.query_boolean("include_columns", false);
  constexpr ListOf kList{.name = "tables", .order = ListOf::Order::kAscending};
  const PageOf page = cut_page(request, kList, all, [](const Listed& table) {
    std::string key = table.database_id;
    for (const std::string* part : {&table.schema, &table.declared.name}) {
      key.append(1, '\0').append(model::fold_case(*part));
    }
    return key;
  });
  array tables;
  for (const Listed& table : all) tables.push_back(table_json(services, table, with_columns));
  return json_response(200, page_json(kList, std::move(tables), page));
}

}  // namespace hotload::server
