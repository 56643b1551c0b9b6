// SPDX-License-Identifier: Apache-2.0
// Databases, and the schemas and tables that are declared in them. Names are lower case.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hotload/load.h"

namespace hotload::api {

struct TableDecl {
  std::string name;
  std::vector<std::string> key;
  std::vector<PartitionField> partition_by;
  std::vector<SortColumn> sorted_by;
  std::vector<std::string> constant_per_key;
};

struct SchemaDecl {
  std::string name;
  std::vector<TableDecl> tables;
};

struct CreateDatabaseRequest {
  std::optional<std::string> name;  // a label
  std::string default_catalog;      // empty: "default"
  std::string default_schema;       // empty: the one that is declared, else "main"
  std::optional<std::string> expires_at;
  std::vector<SchemaDecl> schemas;
  bool if_not_exists = false;
};

struct Attachment {
  std::string connection_id;
  std::optional<std::string> alias;
};

struct ForkOrigin {
  std::string database_id;
  std::string name;
  std::string forked_at;
};

struct DatabaseInfo {
  std::string id;
  std::string default_connection_id;
  std::optional<std::string> name;
  std::string default_catalog;
  std::string default_schema;
  std::string created_at;
  std::optional<std::string> expires_at;
  std::vector<Attachment> attachments;
  std::optional<ForkOrigin> forked_from;
  std::optional<std::string> batch;  // that it was made in; not in answers
  std::map<std::string, std::map<std::string, TableDecl>> schemas;  // declared; not in answers
};

// How many databases to make at once, and what each is called.
struct BulkCreateRequest {
  int64_t count = 0;
  std::optional<std::string> name_template;  // holds "{index}"
  std::optional<std::string> idempotency_key;
  CreateDatabaseRequest each;
};

TableDecl table_decl_from_json(const boost::json::value& value, const std::string& path);
SchemaDecl schema_decl_from_json(const boost::json::value& value, const std::string& path);
CreateDatabaseRequest create_database_from_json(const boost::json::value& value);
BulkCreateRequest bulk_create_from_json(const boost::json::value& value);
// The label of one of them: the index has as many digits as the largest, and the batch's id ends
// it.
std::string bulk_label(const BulkCreateRequest& request, int64_t index, const std::string& batch);

boost::json::object to_json(const TableDecl& table);
boost::json::array partition_json(const TableDecl& table);
boost::json::array sort_json(const TableDecl& table);
// An answer about one database.
boost::json::object to_json(const DatabaseInfo& database);

}  // namespace hotload::api
