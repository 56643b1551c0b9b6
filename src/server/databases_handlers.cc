// SPDX-License-Identifier: Apache-2.0
#include "api/errors.h"
#include "api/packages.h"
#include "model/identifier.h"
#include "model/json_reader.h"
#include "server/handlers.h"

namespace hotload::server {

using api::DatabaseInfo;
using boost::json::object;

namespace {

std::vector<DatabaseInfo> found_databases(Services& services, const Request& request) {
  std::vector<DatabaseInfo> all = services.databases.list();
  if (const auto batch = request.query_text("batch")) {
    std::erase_if(all, [&](const DatabaseInfo& info) { return info.batch != batch; });
  }
  const auto search = request.query_text("search");
  if (!search) return all;
  const std::string wanted = model::fold_case(*search);
  std::erase_if(all, [&](const DatabaseInfo& info) {
    return model::fold_case(info.name.value_or("")).find(wanted) == std::string::npos;
  });
  return all;
}

}  // namespace

DatabaseInfo database_of_header(Services& services, const Request& request) {
  const std::string& id = request.header("x-database-id");
  if (id.empty()) throw api::bad_request("the header X-Database-Id is missing");
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  });
  if (!plain) throw api::bad_request("X-Database-Id is no id of a database");
  return services.databases.get(id);
}

DatabaseInfo database_of_path(Services& services, const Request& request) {
  const auto connection = request.parameters.find("connection_id");
  if (connection != request.parameters.end() && !request.parameters.contains("database_id")) {
    return services.databases.by_connection(connection->second);
  }
  return services.databases.get(request.parameter("database_id"));
}

LoadTarget target_of_path(Services& services, const Request& request) {
  return {database_of_path(services, request).id, model::fold_case(request.parameter("schema")),
          model::fold_case(request.parameter("table"))};
}

Response create_database(Services& services, const Request& request) {
  const auto created = services.databases.create(api::create_database_from_json(request.json()));
  object body = to_json(created.info);
  body.erase("attachments");
  body["created"] = created.created;
  return json_response(created.created ? 201 : 200, body);
}

Response list_databases(Services& services, const Request& request) {
  constexpr ListOf kList{.name = "databases", .max_limit = 100};
  std::vector<DatabaseInfo> found = found_databases(services, request);
  const PageOf page = cut_page(request, kList, found, [](const DatabaseInfo& info) {
    return time_key(info.created_at, info.id);
  });
  boost::json::array items;
  for (const DatabaseInfo& info : found) {
    object summary = to_json(info);
    summary.erase("attachments");
    summary.erase("default_connection_id");
    items.push_back(std::move(summary));
  }
  return json_response(200, page_json(kList, std::move(items), page));
}

Response count_databases(Services& services, const Request& request) {
  return json_response(200, object{{"total", found_databases(services, request).size()}});
}

Response get_database_by_name(Services& services, const Request& request) {
  const auto name = request.query_text("name");
  if (!name) throw api::bad_request("query parameter 'name' is missing");
  std::vector<DatabaseInfo> all = services.databases.list();
  std::erase_if(all, [&](const DatabaseInfo& info) { return info.name != name; });
  if (all.empty()) throw api::not_found("database named '" + *name + "'");
  if (all.size() > 1) {
    std::string ids;
    for (const DatabaseInfo& info : all) ids += (ids.empty() ? "" : ", ") + info.id;
    throw api::Failure(
        409, api::kConflict,
        "several databases are named '" + *name + "': name one by its id (" + ids + ")");
  }
  return json_response(200, to_json(all.front()));
}

Response get_database(Services& services, const Request& request) {
  return json_response(200, to_json(database_of_path(services, request)));
}

Response delete_database(Services& services, const Request& request) {
  services.databases.remove(request.parameter("database_id"));
  return empty_response(204);
}

Response fork_database(Services& services, const Request& request) {
  const boost::json::value json = request.json();
  model::JsonReader reader(json, "");
  const DatabaseInfo forked =
      services.databases.fork(request.parameter("database_id"), reader.optional_text("name"),
                              reader.optional_text("expires_at"));
  object body = to_json(forked);
  body.erase("attachments");
  return json_response(201, body);
}

Response attach_catalog(Services& services, const Request& request) {
  const boost::json::value json = request.json();
  model::JsonReader reader(json, "");
  services.databases.attach(request.parameter("database_id"),
                            {reader.text("connection_id"), reader.optional_text("alias")});
  return empty_response(204);
}

Response detach_catalog(Services& services, const Request& request) {
  services.databases.detach(request.parameter("database_id"), request.parameter("connection_id"));
  return empty_response(204);
}

// Databases have connections of their own, which the API does not list; there are no others.
Response list_connections(Services&, const Request&) {
  return json_response(200, object{{"connections", boost::json::array()}});
}

Response list_workspaces(Services& services, const Request& request) {
  const std::string& id = services.config.workspace;
  boost::json::array list;
  if (request.in_workspace) {
    list.push_back({{"public_id", id},
                    {"name", id},
                    {"active", true},
                    {"favorite", false},
                    {"provision_status", "provisioned"}});
  }
  Response response = json_response(200, object{{"ok", true}, {"workspaces", std::move(list)}});
  if (!services.config.plain) response.headers.emplace_back(api::kExtensionHeader, "1");
  return response;
}

}  // namespace hotload::server
