// SPDX-License-Identifier: Apache-2.0
// Reads schemas, tables and columns out of a lake's catalog: its own tables, which answer in
// milliseconds where the engine's views bind every table there is.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "hotload/types.h"
#include "lake/lake.h"

namespace hotload::lake {

std::vector<std::string> list_schemas(engine::Connection& connection, const Lake& lake);
bool has_schema(engine::Connection& connection, const Lake& lake, const std::string& schema);
// Whether a row of the catalog, under that alias, holds at a snapshot: a condition.
std::string valid_at(const std::string& alias, int64_t snapshot);
// Columns by table; all tables of the schema when `tables` is empty.
std::map<std::string, std::vector<Column>> live_tables(engine::Connection& connection,
                                                       const Lake& lake, const std::string& schema,
                                                       const std::vector<std::string>& tables);
// Where the engine keeps the files of a schema's tables, relative to the data folder, with a slash
// at its end: only there may a file be named without its full path, as a lake that can be moved
// must.
class TableFolders {
 public:
  TableFolders(engine::Connection& connection, const Lake& lake, const std::string& schema);
  // For a table that the open transaction makes, `exists` is false: nullopt when its folder is not
  // known before the commit, for names that are not plain.
  std::optional<std::string> of(const std::string& table, bool exists) const;

 private:
  std::optional<std::string> schema_;
  std::map<std::string, std::string> tables_;  // by folded name, within the schema's folder
};
// Folded names of the schema's partitioned tables.
std::set<std::string> partitioned_tables(engine::Connection& connection, const Lake& lake,
                                         const std::string& schema);
// With rows, files and sizes.
std::vector<TableInfo> table_infos(engine::Connection& connection, const Lake& lake,
                                   const std::string& schema);

}  // namespace hotload::lake
