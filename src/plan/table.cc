// SPDX-License-Identifier: Apache-2.0
#include "plan/table.h"

#include "hotload/error.h"
#include "model/identifier.h"
#include "model/type.h"

namespace hotload::plan {

using model::fold_case;
using model::quote_identifier;

namespace {

// For a table that is declared without columns: those of its files.
std::vector<Column> columns_of_files(const std::vector<StagedInput>& files) {
  std::vector<Column> columns;
  for (const StagedInput& file : files) {
    for (const Column& column : file.columns) {
      if (model::find_column(columns, column.name) == nullptr) {
        columns.push_back({column.name, column.type, true});
      }
    }
  }
  return columns;
}

// Nobody's files hold when a row was valid: a root of SCD2 gets these columns where it lacks them.
void add_validity(Table& table) {
  const TableSpec& spec = table.spec;
  const bool scd2 =
      spec.disposition == Disposition::kMerge && spec.strategy == MergeStrategy::kScd2;
  if (!scd2 || !spec.parent.empty()) return;
  for (const std::string& name : {spec.scd2.valid_from, spec.scd2.valid_to}) {
    if (model::find_column(spec.columns, name) != nullptr) continue;
    if (model::find_column(table.columns, name) != nullptr) continue;
    table.spec.columns.push_back({name, "TIMESTAMP WITH TIME ZONE", true});
  }
}

}  // namespace

Tables::Tables(const Input& input) {
  for (const auto& [name, columns] : input.live) {
    Table& table = add(input, name);
    table.live = true;
    table.columns = columns;
  }
  for (const std::string& name : input.drops) {
    Table* table = find(name);
    if (table == nullptr) continue;
    table->dropped = table->live;
    table->columns.clear();
  }
  for (const auto& [name, files] : input.staged) {
    Table& table = add(input, name);
    table.staged = true;
    for (const StagedInput& file : files) {
      if (file.rows != 0) table.files.push_back(file);
    }
    if (table.columns.empty() && table.files.empty() && !files.empty()) {
      table.spec.columns = columns_of_files(files);
    }
  }
  for (const auto& [name, spec] : input.specs) {
    Table& table = add(input, name);
    std::vector<Column> found = std::move(table.spec.columns);
    table.spec = spec;
    if (table.spec.columns.empty()) table.spec.columns = std::move(found);
    table.declared = true;
  }
  for (auto& [folded, table] : tables_) {
    if (table.declared || table.staged) declare(table);
    if (!table.spec.parent.empty()) children_[fold_case(table.spec.parent)].push_back(&table);
  }
  for (const std::string& name : input.truncations) {
    if (Table* table = find(name)) table->empty = true;
  }
}

Table& Tables::add(const Input& input, const std::string& name) {
  Table& table = tables_[fold_case(name)];
  if (table.name.empty()) {
    table.name = name;
    table.spec.name = name;
    table.qualified = quote_identifier(input.catalog) + "." + quote_identifier(input.schema) + "." +
                      quote_identifier(name);
  }
  return table;
}

void Tables::declare(Table& table) {
  if (table.spec.columns.empty() && (!table.live || table.dropped)) {
    table.spec.columns = columns_of_files(table.files);
  }
  add_validity(table);
  if (table.live && !table.dropped) {
    table.diff = model::diff_schema(table.columns, table.spec.columns);
    model::require_no_mismatch(table.diff, table.name);
    table.columns = model::apply_diff(std::move(table.columns), table.diff);
    return;
  }
  if (table.spec.columns.empty()) {
    if (!table.staged) return;  // nothing says what it would hold
    throw Error(ErrorCode::kInvalidArgument,
                "table " + table.name + " has no columns: declare them, or stage a file that has");
  }
  table.created = true;
  table.empty = true;
  for (const Column& column : table.spec.columns) {
    table.columns.push_back({column.name, model::storable_type(column.type), column.nullable});
  }
}

Table* Tables::find(const std::string& name) {
  const auto found = tables_.find(fold_case(name));
  return found == tables_.end() ? nullptr : &found->second;
}

Table& Tables::at(const std::string& name, const char* wanted_by) {
  Table* table = find(name);
  if (table == nullptr || table->columns.empty()) {
    throw Error(ErrorCode::kNotFound, std::string(wanted_by) + " table " + name +
                                          ", which neither exists nor is declared");
  }
  return *table;
}

std::vector<Table*> Tables::roots() {
  std::vector<Table*> roots;
  for (auto& [folded, table] : tables_) {
    if ((table.declared || table.staged) && table.spec.parent.empty()) roots.push_back(&table);
  }
  return roots;
}

std::vector<Table*> Tables::chain(Table& root) {
  std::vector<Table*> chain{&root};
  for (size_t i = 0; i < chain.size(); ++i) {
    const auto children = children_.find(fold_case(chain[i]->name));
    if (children == children_.end()) continue;
    chain.insert(chain.end(), children->second.begin(), children->second.end());
  }
  return chain;
}

}  // namespace hotload::plan
