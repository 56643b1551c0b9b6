// SPDX-License-Identifier: Apache-2.0
#include "server/databases.h"

#include <algorithm>

#include "api/errors.h"
#include "model/identifier.h"
#include "model/json_reader.h"
#include "server/log.h"
#include "server/text.h"

namespace hotload::server {

using api::DatabaseInfo;
using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr const char* kDatabaseKind = "database";
constexpr const char* kPendingKind = "database_pending";
constexpr const char* kGoneKind = "database_gone";  // for the lineage of others
constexpr const char* kDefaultCatalog = "default";
constexpr const char* kDefaultSchema = "main";
constexpr size_t kDatabaseIdBytes = 12;
constexpr const char* kIdPrefix = "db";
constexpr const char* kConnectionPrefix = "conn";

object record_of(const DatabaseInfo& info) {
  object record = to_json(info);
  object schemas;
  for (const auto& [schema, tables] : info.schemas) {
    boost::json::array list;
    for (const auto& [name, table] : tables) list.push_back(to_json(table));
    schemas[schema] = std::move(list);
  }
  record["schemas"] = std::move(schemas);
  if (info.batch) record["batch"] = *info.batch;
  return record;
}

DatabaseInfo info_of(const value& record) {
  JsonReader reader(record, "");
  DatabaseInfo info;
  info.id = reader.text("id");
  info.default_connection_id = reader.text("default_connection_id");
  info.name = reader.optional_text("name");
  info.default_catalog = reader.text("default_catalog");
  info.default_schema = reader.text("default_schema");
  info.created_at = reader.text("created_at");
  info.expires_at = reader.optional_text("expires_at");
  info.batch = reader.optional_text("batch");
  info.attachments = reader.list("attachments", [](const value& json, const std::string& path) {
    JsonReader item(json, path);
    return api::Attachment{item.text("connection_id"), item.optional_text("alias")};
  });
  if (const value* origin = reader.find("forked_from")) {
    JsonReader from(*origin, "forked_from");
    info.forked_from = {from.text("database_id"), from.text("name", ""), from.text("forked_at")};
  }
  for (const auto& [schema, tables] : record.at("schemas").as_object()) {
    auto& declared = info.schemas[std::string(schema)];
    for (const value& table : tables.as_array()) {
      api::TableDecl decl = api::table_decl_from_json(table, "tables");
      declared[decl.name] = std::move(decl);
    }
  }
  return info;
}

void check_catalog(const std::string& name) {
  const bool plain =
      !name.empty() &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  if (!plain || name == "hotdata" || name == "information_schema") {
    throw api::bad_request("'" + name + "' is no name of a catalog: use a-z, 0-9 and _");
  }
}

DatabaseInfo new_info(const api::CreateDatabaseRequest& request, const std::string& id) {
  DatabaseInfo info;
  info.id = kIdPrefix + id;
  info.default_connection_id = kConnectionPrefix + id;
  info.name = request.name;
  info.default_catalog =
      request.default_catalog.empty() ? kDefaultCatalog : request.default_catalog;
  check_catalog(info.default_catalog);
  info.created_at = now_utc();
  if (request.expires_at) info.expires_at = parse_time(*request.expires_at);
  info.schemas[kDefaultSchema];
  for (const api::SchemaDecl& schema : request.schemas) {
    for (const api::TableDecl& table : schema.tables) {
      info.schemas[schema.name][table.name] = table;
    }
    info.schemas[schema.name];
  }
  info.default_schema = request.default_schema;
  if (info.default_schema.empty()) {
    info.default_schema =
        request.schemas.size() == 1 ? request.schemas.front().name : kDefaultSchema;
  }
  model::check_schema_name(info.default_schema);
  info.schemas[info.default_schema];
  return info;
}

}  // namespace

std::string catalog_of(const api::Attachment& attachment, const DatabaseInfo& attached) {
  return attachment.alias.value_or(attached.name.value_or(attached.id));
}

Databases::Databases(Workspace& workspace, Journal& journal)
    : workspace_(workspace), journal_(journal) {
  // What was begun and has no record goes. A database that we did not make is not ours to drop.
  const std::vector<std::string> there = workspace_.list_databases();
  for (const value& pending : journal_.list(kPendingKind)) {
    const std::string id(pending.at("id").as_string());
    const bool exists = std::find(there.begin(), there.end(), id) != there.end();
    try {
      if (exists && !journal_.get(kDatabaseKind, id)) workspace_.drop_database(id);
      end(id);
    } catch (const std::exception& error) {
      log(LogLevel::kWarning, "unfinished database " + id + " stays: " + error.what());
    }
  }
}

// A database is created before its record and dropped after it; until both are done it is pending.
void Databases::begin(const std::string& id) { journal_.put(kPendingKind, id, {{"id", id}}); }

void Databases::end(const std::string& id) {
  journal_.erase(kPendingKind, id, Journal::Durable::kSoon);
}

void Databases::put(const DatabaseInfo& info) {
  journal_.put(kDatabaseKind, info.id, record_of(info));
}

template <typename Change>
void Databases::update(const std::string& id, Change change) {
  std::lock_guard lock(mutex_);
  DatabaseInfo info = get(id);
  change(info);
  put(info);
}

Databases::Created Databases::create(const api::CreateDatabaseRequest& request) {
  std::lock_guard lock(mutex_);
  if (request.if_not_exists && request.name) {
    for (const DatabaseInfo& there : list()) {
      if (there.name == request.name) return {there, false};
    }
  }
  const DatabaseInfo info = new_info(request, random_hex(kDatabaseIdBytes));
  make(info);
  return {info, true};
}

void Databases::make(const DatabaseInfo& info) {
  begin(info.id);
  const std::shared_ptr<Database> database = workspace_.create_database(info.id);
  for (const auto& [schema, tables] : info.schemas) database->create_schema(schema);
  put(info);
  end(info.id);
}

void Databases::create_in_batch(const api::CreateDatabaseRequest& request, const std::string& hex,
                                const std::string& batch) {
  std::lock_guard lock(mutex_);
  DatabaseInfo info = new_info(request, hex);
  if (journal_.get(kDatabaseKind, info.id)) return;
  if (!info.name) info.name = info.id;
  info.batch = batch;
  make(info);
}

DatabaseInfo Databases::fork(const std::string& id, const std::optional<std::string>& name,
                             const std::optional<std::string>& expires_at) {
  std::lock_guard lock(mutex_);
  const DatabaseInfo from = get(id);
  DatabaseInfo info = from;
  const std::string fresh = random_hex(kDatabaseIdBytes);
  info.id = kIdPrefix + fresh;
  info.default_connection_id = kConnectionPrefix + fresh;
  info.name = name ? name : from.name;
  info.created_at = now_utc();
  info.expires_at.reset();
  if (expires_at) info.expires_at = parse_time(*expires_at);
  info.forked_from = {from.id, from.name.value_or(""), info.created_at};
  info.batch.reset();
  begin(info.id);
  workspace_.fork_database(from.id, info.id);
  put(info);
  end(info.id);
  return info;
}

DatabaseInfo Databases::get(const std::string& id) const {
  const auto record = journal_.get(kDatabaseKind, id);
  if (!record) throw api::not_found("database '" + id + "'");
  return info_of(*record);
}

DatabaseInfo Databases::by_connection(const std::string& connection_id) const {
  const std::string_view prefix = kConnectionPrefix;
  const auto record =
      connection_id.starts_with(prefix)
          ? journal_.get(kDatabaseKind, kIdPrefix + connection_id.substr(prefix.size()))
          : std::nullopt;
  if (!record) throw api::not_found("connection '" + connection_id + "'");
  return info_of(*record);
}

std::shared_ptr<Database> Databases::open(const std::string& id) const {
  get(id);
  return workspace_.open_database(id);
}

std::vector<DatabaseInfo> Databases::list() const {
  std::vector<DatabaseInfo> all;
  for (const value& record : journal_.list(kDatabaseKind)) all.push_back(info_of(record));
  std::sort(all.begin(), all.end(), [](const DatabaseInfo& a, const DatabaseInfo& b) {
    return std::tie(a.created_at, a.id) > std::tie(b.created_at, b.id);
  });
  return all;
}

std::optional<DatabaseInfo> Databases::remembered(const std::string& id) const {
  for (const char* kind : {kDatabaseKind, kGoneKind}) {
    if (const auto record = journal_.get(kind, id)) return info_of(*record);
  }
  return {};
}

std::vector<DatabaseInfo> Databases::forks(const std::string& id) const {
  std::vector<DatabaseInfo> found;
  for (const char* kind : {kDatabaseKind, kGoneKind}) {
    for (const value& record : journal_.list(kind)) {
      DatabaseInfo info = info_of(record);
      if (info.forked_from && info.forked_from->database_id == id) found.push_back(std::move(info));
    }
  }
  std::sort(found.begin(), found.end(), [](const DatabaseInfo& a, const DatabaseInfo& b) {
    return a.created_at > b.created_at;
  });
  return found;
}

void Databases::remove(const std::string& id) {
  std::lock_guard lock(mutex_);
  const DatabaseInfo info = get(id);
  for (const DatabaseInfo& other : list()) {
    for (const api::Attachment& attached : other.attachments) {
      if (attached.connection_id != info.default_connection_id) continue;
      throw api::Failure(409, api::kConflict,
                         "database '" + id + "' is attached to database '" + other.id + "'");
    }
  }
  if (info.forked_from || !forks(id).empty()) journal_.put(kGoneKind, id, record_of(info));
  begin(id);
  journal_.erase(kDatabaseKind, id);
  tell_removed(id);
  workspace_.drop_database(id);
  end(id);
}

void Databases::add_schema(const std::string& id, const api::SchemaDecl& schema) {
  open(id)->create_schema(schema.name);
  update(id, [&](DatabaseInfo& info) {
    if (info.schemas.contains(schema.name)) {
      throw api::already_exists("schema '" + schema.name + "'");
    }
    auto& tables = info.schemas[schema.name];
    for (const api::TableDecl& table : schema.tables) tables[table.name] = table;
  });
}

void Databases::add_table(const std::string& id, const std::string& schema,
                          const api::TableDecl& table) {
  const auto there = open(id)->columns(schema, table.name);
  update(id, [&](DatabaseInfo& info) {
    const auto found = info.schemas.find(schema);
    if (found == info.schemas.end()) throw api::not_found("schema '" + schema + "'");
    if (there || found->second.contains(table.name)) {
      throw api::already_exists("table '" + schema + "." + table.name + "'");
    }
    found->second[table.name] = table;
  });
}

api::TableDecl Databases::declaration(const std::string& id, const std::string& schema,
                                      const std::string& table) const {
  const DatabaseInfo info = get(id);
  const auto tables = info.schemas.find(schema);
  if (tables == info.schemas.end() || !tables->second.contains(table)) return {table};
  return tables->second.at(table);
}

void Databases::set_constant_per_key(const std::string& id, const std::string& schema,
                                     const std::string& table,
                                     const std::vector<std::string>& columns) {
  const auto live = open(id)->columns(schema, table);
  for (const std::string& column : columns) {
    if (live && model::find_column(*live, column) == nullptr) {
      throw api::bad_request("table '" + schema + "." + table + "' has no column '" + column + "'");
    }
  }
  update(id, [&](DatabaseInfo& info) {
    auto& tables = info.schemas[schema];
    if (!live && !tables.contains(table)) {
      throw api::not_found("table '" + schema + "." + table + "'");
    }
    api::TableDecl& declared = tables[table];
    declared.name = table;
    declared.constant_per_key = columns;
  });
}

void Databases::drop_table(const std::string& id, const std::string& schema,
                           const std::string& table) {
  const std::shared_ptr<Database> database = open(id);
  const bool there = database->columns(schema, table).has_value();
  if (there) {
    const auto load = database->open_load({schema, "hotdata", "drop-" + random_hex(12)});
    load->drop_tables({table});
    load->commit();
  }
  update(id, [&](DatabaseInfo& info) {
    const auto tables = info.schemas.find(schema);
    const bool declared = tables != info.schemas.end() && tables->second.erase(table) > 0;
    if (!there && !declared) throw api::not_found("table '" + schema + "." + table + "'");
  });
}

void Databases::attach(const std::string& id, const api::Attachment& attachment) {
  const DatabaseInfo other = by_connection(attachment.connection_id);
  if (other.id == id) throw api::bad_request("a database is not attached to itself");
  const std::string catalog = catalog_of(attachment, other);
  if (attachment.alias) check_catalog(*attachment.alias);
  update(id, [&](DatabaseInfo& info) {
    if (catalog == info.default_catalog) {
      throw api::already_exists("catalog '" + catalog + "'");
    }
    for (const api::Attachment& there : info.attachments) {
      if (there.connection_id == attachment.connection_id || there.alias == attachment.alias) {
        throw api::already_exists("attachment '" + catalog + "'");
      }
    }
    info.attachments.push_back(attachment);
  });
}

void Databases::detach(const std::string& id, const std::string& connection_id) {
  update(id, [&](DatabaseInfo& info) {
    const size_t gone = std::erase_if(info.attachments, [&](const api::Attachment& attached) {
      return attached.connection_id == connection_id;
    });
    if (gone == 0) throw api::not_found("attachment of connection '" + connection_id + "'");
  });
}

void Databases::remove_expired() {
  const std::string now = now_utc();
  for (const DatabaseInfo& info : list()) {
    if (!info.expires_at || *info.expires_at >= now) continue;
    try {
      remove(info.id);
    } catch (const std::exception& error) {
      log(LogLevel::kWarning, "expired database " + info.id + " stays: " + error.what());
    }
  }
}

}  // namespace hotload::server
