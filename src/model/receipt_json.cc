// SPDX-License-Identifier: Apache-2.0
#include "model/receipt_json.h"

#include "model/json_reader.h"

namespace hotload::model {
namespace {

boost::json::value to_json(const TableReceipt& table) {
  return {{"table", table.table},     {"inserted", table.inserted},
          {"updated", table.updated}, {"deleted", table.deleted},
          {"files", table.files},     {"size_bytes", table.size_bytes},
          {"adopted", table.adopted}, {"created", table.created},
          {"dropped", table.dropped}, {"truncated", table.truncated}};
}

TableReceipt table_receipt_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  TableReceipt table;
  table.table = reader.text("table");
  table.inserted = reader.integer("inserted", 0);
  table.updated = reader.integer("updated", 0);
  table.deleted = reader.integer("deleted", 0);
  table.files = reader.integer("files", 0);
  table.size_bytes = reader.integer("size_bytes", 0);
  table.adopted = reader.integer("adopted", 0);
  table.created = reader.boolean("created", false);
  table.dropped = reader.boolean("dropped", false);
  table.truncated = reader.boolean("truncated", false);
  reader.finish();
  return table;
}

}  // namespace

boost::json::value to_json(const LoadKey& key) {
  return {{"schema", key.schema}, {"schema_name", key.schema_name}, {"load_id", key.load_id}};
}

LoadKey load_key_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  LoadKey key{reader.text("schema"), reader.text("schema_name", ""), reader.text("load_id")};
  reader.finish();
  return key;
}

boost::json::value to_json(const StagedFile& file) {
  return {{"table", file.table},
          {"job_id", file.job_id},
          {"rows", file.rows},
          {"size_bytes", file.size_bytes},
          {"adoptable", file.adoptable}};
}

StagedFile staged_file_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  StagedFile file{reader.text("table"), reader.text("job_id"), reader.integer("rows", 0),
                  reader.integer("size_bytes", 0), reader.boolean("adoptable", false)};
  reader.finish();
  return file;
}

boost::json::value to_json(const Receipt& receipt) {
  boost::json::array tables;
  for (const TableReceipt& table : receipt.tables) tables.push_back(to_json(table));
  return {{"key", to_json(receipt.key)},
          {"snapshot", receipt.snapshot},
          {"committed_at", receipt.committed_at},
          {"tables", tables}};
}

Receipt receipt_from_json(const boost::json::value& value, const std::string& path) {
  JsonReader reader(value, path);
  Receipt receipt;
  const boost::json::value* key = reader.find("key");
  if (key == nullptr) reader.fail("key", "is missing");
  receipt.key = load_key_from_json(*key, reader.path_of("key"));
  receipt.snapshot = reader.integer("snapshot", 0);
  receipt.committed_at = reader.text("committed_at", "");
  receipt.tables = reader.list("tables", table_receipt_from_json);
  reader.finish();
  return receipt;
}

Receipt receipt_from_json(const std::string& text) { return receipt_from_json(parse_json(text)); }

}  // namespace hotload::model
