// SPDX-License-Identifier: Apache-2.0
// The databases of an account on plain Hotdata. They go by their labels, which need not be unique,
// and by their ids.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "remote/client.h"

namespace hotload::plain {

struct DatabaseRef {
  std::string id;
  std::string name;           // its label
  std::string connection_id;  // by which loads and lists of tables call it
  std::string catalog;        // by which statements call it
  std::string default_schema;
};

// Thread-safe.
class Catalog {
 public:
  explicit Catalog(std::shared_ptr<remote::Client> client) : client_(std::move(client)) {}

  std::vector<std::string> names();  // labels, in their order
  // By label, else by id. Throws kInvalidArgument, with their ids, when several bear that label.
  std::optional<DatabaseRef> find(const std::string& name);
  DatabaseRef create(const std::string& name);
  DatabaseRef fork(const DatabaseRef& origin, const std::string& name);
  void drop(const DatabaseRef& database);

 private:
  struct Entry {
    std::string id;
    std::string name;
  };
  std::vector<Entry> list();
  std::optional<DatabaseRef> find_id(const std::string& id);
  DatabaseRef get(const std::string& id, const std::string& name);
  // A POST that makes a database, which may have been made although no answer came.
  DatabaseRef make(const std::string& path, const boost::json::object& body,
                   const std::string& name);

  std::shared_ptr<remote::Client> client_;
};

}  // namespace hotload::plain
