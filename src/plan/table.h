// SPDX-License-Identifier: Apache-2.0
// The tables that a load touches, as they are and as they will be when its data comes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/schema_diff.h"
#include "plan/plan.h"

namespace hotload::plan {

struct Table {
  std::string name;             // as it is live, else as declared
  std::string qualified;        // "catalog"."schema"."table"
  TableSpec spec;               // a plain append where the load declares none
  std::vector<Column> columns;  // as they will be, in storage types
  model::SchemaDiff diff;       // from live to declared
  bool declared = false;
  bool live = false;               // there before this load
  bool dropped = false;            // by this load
  bool created = false;            // by this load
  bool empty = false;              // holds no row when the data comes
  bool staged = false;             // has files, be they without rows
  std::vector<StagedInput> files;  // those with rows
};

class Tables {
 public:
  explicit Tables(const Input& input);

  // nullptr when the load knows no table of that name.
  Table* find(const std::string& name);
  // Throws kNotFound, naming what wanted it.
  Table& at(const std::string& name, const char* wanted_by);
  // In the order of their names.
  std::map<std::string, Table>& all() { return tables_; }
  // The roots: declared tables without a parent, and staged ones that are not declared.
  std::vector<Table*> roots();
  // `root` and all tables nested in it, parents first.
  std::vector<Table*> chain(Table& root);

 private:
  Table& add(const Input& input, const std::string& name);
  void declare(Table& table);

  std::map<std::string, Table> tables_;  // by folded name
  std::map<std::string, std::vector<Table*>> children_;
};

}  // namespace hotload::plan
