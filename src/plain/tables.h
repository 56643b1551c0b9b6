// SPDX-License-Identifier: Apache-2.0
// The tables of one database on plain Hotdata: listed, declared, loaded, deleted. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/databases.h"
#include "plain/catalog.h"
#include "remote/client.h"

namespace hotload::plain {

struct TableEntry {
  std::string schema;
  std::string table;
  bool loaded = false;  // otherwise it is declared alone, and cannot be read
};

struct TableLoad {
  std::string schema;
  std::string table;
  std::string mode;  // "append", "replace", "upsert"
  std::vector<std::string> key;
  std::string upload_id;
};

class Tables {
 public:
  Tables(std::shared_ptr<remote::Client> client, DatabaseRef database)
      : client_(std::move(client)), database_(std::move(database)) {}

  // Of all schemas when `schema` is empty.
  std::vector<TableEntry> list(const std::string& schema);
  // Each does nothing when it is there.
  void declare_schema(const std::string& schema);
  void declare(const std::string& schema, const api::TableDecl& table);
  // Does nothing when it is not there.
  void remove(const std::string& schema, const std::string& table);
  // Returns the rows of the table after it. The same upload again gives the same and changes
  // nothing, as long as the server remembers it; kNotFound when it does not.
  int64_t load(const TableLoad& load);

 private:
  std::string table_path(const std::string& schema, const std::string& table) const;
  boost::json::value finished_job(const std::string& id, const std::string& table);

  std::shared_ptr<remote::Client> client_;
  const DatabaseRef database_;
};

}  // namespace hotload::plain
