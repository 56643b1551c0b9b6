// SPDX-License-Identifier: Apache-2.0
#include "server/folder_databases.h"

#include "api/errors.h"
#include "hotload/error.h"

namespace hotload::server {

namespace {

api::DatabaseInfo info_of(const std::string& name) {
  api::DatabaseInfo info;
  info.id = info.default_connection_id = name;
  info.name = name;
  info.default_catalog = "default";
  info.default_schema = "main";
  return info;
}

}  // namespace

FolderDatabases::FolderDatabases(Workspace& workspace, Journal& journal)
    : Databases(workspace, journal), workspace_(workspace) {}

Databases::Created FolderDatabases::create(const api::CreateDatabaseRequest& request) {
  if (!request.name) throw api::bad_request("a database of a folder has a name");
  try {
    workspace_.create_database(*request.name);
    return {info_of(*request.name), true};
  } catch (const Error& error) {
    const bool there = error.code() == ErrorCode::kAlreadyExists && request.if_not_exists;
    if (!there || !workspace_.has_database(*request.name)) throw;
    return {info_of(*request.name), false};
  }
}

api::DatabaseInfo FolderDatabases::fork(const std::string& id,
                                        const std::optional<std::string>& name,
                                        const std::optional<std::string>& expires_at) {
  if (!name || expires_at) throw api::bad_request("a fork in a folder has a name, and no end");
  workspace_.fork_database(id, *name);
  return info_of(*name);
}

api::DatabaseInfo FolderDatabases::get(const std::string& id) const {
  if (!workspace_.has_database(id)) throw api::not_found("database '" + id + "'");
  return info_of(id);
}

void FolderDatabases::remove(const std::string& id) {
  get(id);
  tell_removed(id);
  workspace_.drop_database(id);
}

std::vector<api::DatabaseInfo> FolderDatabases::list() const {
  std::vector<api::DatabaseInfo> all;
  for (const std::string& name : workspace_.list_databases()) all.push_back(info_of(name));
  return all;
}

}  // namespace hotload::server
