// SPDX-License-Identifier: Apache-2.0
#include "api/databases.h"

#include "api/json.h"
#include "model/identifier.h"
#include "model/json_reader.h"

namespace hotload::api {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr int64_t kMaxBulk = 10'000;
constexpr std::string_view kIndexMark = "{index}";

std::vector<std::string> folded(std::vector<std::string> names) {
  for (std::string& name : names) name = model::fold_case(name);
  return names;
}

// "identity", "year", ... or "bucket(16)".
PartitionField partition_from_json(const value& json, const std::string& path) {
  JsonReader reader(json, path);
  PartitionField field{reader.text("transform", "identity"),
                       model::fold_case(reader.text("column")), 0};
  const size_t open = field.transform.find_first_of("([");
  if (open != std::string::npos) {
    field.buckets = std::strtoll(field.transform.c_str() + open + 1, nullptr, 10);
    field.transform.resize(open);
  }
  return field;
}

SortColumn sort_from_json(const value& json, const std::string& path) {
  JsonReader reader(json, path);
  const std::string direction = model::fold_case(reader.text("direction", "asc"));
  if (direction != "asc" && direction != "desc") reader.fail("direction", "is asc or desc");
  return {model::fold_case(reader.text("column")), direction == "desc"};
}

}  // namespace

TableDecl table_decl_from_json(const value& json, const std::string& path) {
  JsonReader reader(json, path);
  TableDecl table;
  table.name = model::fold_case(reader.text("name"));
  model::check_table_name(table.name);
  table.key = folded(reader.texts("key"));
  table.partition_by = reader.list("partition_by", partition_from_json);
  table.sorted_by = reader.list("sorted_by", sort_from_json);
  table.constant_per_key = folded(reader.texts("constant_per_key"));
  return table;
}

SchemaDecl schema_decl_from_json(const value& json, const std::string& path) {
  JsonReader reader(json, path);
  SchemaDecl schema;
  schema.name = model::fold_case(reader.text("name"));
  model::check_schema_name(schema.name);
  schema.tables = reader.list("tables", table_decl_from_json);
  return schema;
}

CreateDatabaseRequest create_database_from_json(const value& json) {
  JsonReader reader(json, "");
  CreateDatabaseRequest request;
  request.name = reader.optional_text("name");
  if (!request.name) request.name = reader.optional_text("description");
  request.default_catalog = reader.text("default_catalog", "");
  request.default_schema = model::fold_case(reader.text("default_schema", ""));
  request.expires_at = reader.optional_text("expires_at");
  request.schemas = reader.list("schemas", schema_decl_from_json);
  request.if_not_exists = reader.boolean("if_not_exists", false);
  return request;
}

BulkCreateRequest bulk_create_from_json(const value& json) {
  JsonReader reader(json, "");
  BulkCreateRequest request;
  request.each = create_database_from_json(json);
  request.each.name.reset();
  request.count = reader.integer("count", 0);
  if (request.count < 1 || request.count > kMaxBulk) reader.fail("count", "is 1 to 10000");
  request.name_template = reader.optional_text("name_template");
  if (request.name_template && request.name_template->find(kIndexMark) == std::string::npos) {
    reader.fail("name_template", "must hold {index}: labels would all be the same");
  }
  request.idempotency_key = reader.optional_text("idempotency_key");
  return request;
}

std::string bulk_label(const BulkCreateRequest& request, int64_t index, const std::string& batch) {
  std::string digits = std::to_string(index);
  digits.insert(0, std::to_string(request.count - 1).size() - digits.size(), '0');
  std::string label = *request.name_template;
  label.replace(label.find(kIndexMark), kIndexMark.size(), digits);
  return label + "-" + batch;
}

array partition_json(const TableDecl& table) {
  array list;
  for (const PartitionField& field : table.partition_by) {
    std::string transform = field.transform;
    if (field.buckets > 0) transform += "(" + std::to_string(field.buckets) + ")";
    list.push_back({{"column", field.column}, {"transform", transform}});
  }
  return list;
}

array sort_json(const TableDecl& table) {
  array list;
  for (const SortColumn& sort : table.sorted_by) {
    list.push_back({{"column", sort.column}, {"direction", sort.descending ? "desc" : "asc"}});
  }
  return list;
}

object to_json(const TableDecl& table) {
  return {{"name", table.name},
          {"key", model::json_texts(table.key)},
          {"partition_by", partition_json(table)},
          {"sorted_by", sort_json(table)},
          {"constant_per_key", model::json_texts(table.constant_per_key)}};
}

object to_json(const DatabaseInfo& database) {
  array attachments;
  for (const Attachment& attached : database.attachments) {
    attachments.push_back(
        {{"connection_id", attached.connection_id}, {"alias", or_null(attached.alias)}});
  }
  value origin;
  if (database.forked_from) {
    origin = {{"database_id", database.forked_from->database_id},
              {"name", database.forked_from->name},
              {"forked_at", database.forked_from->forked_at}};
  }
  return {{"id", database.id},
          {"name", or_null(database.name)},
          {"default_connection_id", database.default_connection_id},
          {"default_catalog", database.default_catalog},
          {"default_schema", database.default_schema},
          {"created_at", database.created_at},
          {"expires_at", or_null(database.expires_at)},
          {"forked_from", std::move(origin)},
          {"attachments", std::move(attachments)}};
}

}  // namespace hotload::api
