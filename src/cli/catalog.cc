// SPDX-License-Identifier: Apache-2.0
// hotload tables, databases, fork, drop: what there is, and making and ending it.
#include "api/packages.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text_table.h"

namespace hotload::cli {

namespace {

void print_columns(const TableInfo& info) {
  TextTable table({{"column"}, {"type"}, {"nullable"}});
  for (const Column& column : info.columns) {
    table.add({column.name, column.type, column.nullable ? "yes" : "no"});
  }
  table.print(terminal_width());
}

std::vector<TableInfo> find_tables(Database& database, const std::string& schema) {
  std::vector<TableInfo> tables;
  const auto schemas = schema.empty() ? database.list_schemas() : std::vector<std::string>{schema};
  for (const std::string& name : schemas) {
    for (TableInfo& table : database.list_tables(name)) tables.push_back(std::move(table));
  }
  return tables;
}

int tables(const GlobalOptions& globals, const std::string& schema, const std::string& only) {
  std::vector<TableInfo> found = find_tables(*globals.open_database(), schema);
  if (!only.empty()) {
    std::erase_if(found, [&](const TableInfo& table) { return table.name != only; });
    if (found.empty()) {
      throw Error(ErrorCode::kNotFound, "there is no table '" + only + "' in database '" +
                                            globals.database + "'; hotload tables lists them");
    }
  }
  if (globals.json) {
    for (const TableInfo& table : found) write_json_line(api::to_json(table));
    return kOk;
  }
  TextTable list(
      {{"schema"}, {"table"}, {"rows", true}, {"columns", true}, {"files", true}, {"size", true}});
  for (const TableInfo& table : found) {
    list.add({table.schema, table.name, with_commas(table.rows),
              std::to_string(table.columns.size()), with_commas(table.files),
              human_bytes(table.size_bytes)});
  }
  list.print(terminal_width());
  if (only.empty()) return kOk;
  for (const TableInfo& table : found) {
    write_out("\n");
    print_columns(table);
  }
  return kOk;
}

int databases(const GlobalOptions& globals) {
  const std::shared_ptr<Workspace> workspace = globals.open_workspace();
  for (const std::string& name : workspace->list_databases()) {
    if (globals.json) {
      write_json_line({{"name", name}});
    } else {
      write_out(name + "\n");
    }
  }
  return kOk;
}

int fork(const GlobalOptions& globals, const std::string& from, const std::string& to) {
  globals.open_workspace()->fork_database(from, to);
  if (globals.json) write_json_line({{"forked", from}, {"to", to}});
  print_note("database '" + to + "' is a fork of '" + from + "'");
  return kOk;
}

int drop(const GlobalOptions& globals, const std::string& name, bool sure) {
  if (!sure) {
    throw UsageError("dropping database '" + name +
                     "' deletes its tables and history for good; say --yes");
  }
  globals.open_workspace()->drop_database(name);
  if (globals.json) write_json_line({{"dropped", name}});
  print_note("database '" + name + "' is gone");
  return kOk;
}

}  // namespace

void add_tables(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto schema = std::make_shared<std::string>();
  auto only = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("tables", "List tables: rows, files, size");
  command->add_option("table", *only, "one table, with its columns");
  command->add_option("--schema", *schema, "the tables of one schema");
  add_examples(*command, {"hotload tables", "hotload tables people", "hotload --json tables"});
  command->callback([&globals, &chosen, schema, only] {
    chosen = [&globals, schema, only] { return tables(globals, *schema, *only); };
  });
}

void add_databases(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  CLI::App* command = app.add_subcommand("databases", "List the lake's databases");
  add_examples(*command, {"hotload databases"});
  command->callback([&globals, &chosen] { chosen = [&globals] { return databases(globals); }; });
}

void add_fork(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto from = std::make_shared<std::string>();
  auto to = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "fork", "Make a database with another one's tables and history; no data is copied");
  command->add_option("from", *from, "the database to fork")->required();
  command->add_option("to", *to, "the name of the new one")->required();
  add_examples(*command, {"hotload fork main trial",
                          "hotload --database trial query 'SELECT count(*) FROM people'"});
  command->callback([&globals, &chosen, from, to] {
    chosen = [&globals, from, to] { return fork(globals, *from, *to); };
  });
}

void add_drop(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto name = std::make_shared<std::string>();
  auto sure = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("drop", "Delete a database and all its files");
  command->add_option("name", *name, "the database")->required();
  command->add_flag("--yes", *sure, "yes, delete it");
  add_examples(*command, {"hotload fork main old && hotload drop old --yes"});
  command->callback([&globals, &chosen, name, sure] {
    chosen = [&globals, name, sure] { return drop(globals, *name, *sure); };
  });
}

}  // namespace hotload::cli
