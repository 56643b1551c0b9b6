// SPDX-License-Identifier: Apache-2.0
// hotload query: one or more statements, the last one's rows as a table, JSON lines or CSV.
#include <iostream>
#include <iterator>
#include <string_view>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/row_print.h"
#include "cli/text_table.h"

namespace hotload::cli {

namespace {

struct QueryOptions {
  std::string sql;
  std::string schema;
  std::string as_of;
  bool write = false;
  RowOptions rows;
};

void print_changed(const GlobalOptions& globals, int64_t changed) {
  if (globals.json) return write_json_line({{"rows_changed", changed}});
  write_out(with_commas(changed) + (changed == 1 ? " row changed\n" : " rows changed\n"));
}

std::string statement_text(const std::string& sql) {
  if (sql != "-") return sql;
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

// A refusal that an option of ours lifts says so.
ArrowStream run_statement(Session& session, const std::string& sql, const QueryOptions& options) {
  try {
    return session.query(sql, {});
  } catch (const Error& error) {
    const bool refused = std::string_view(error.what()).find("read-only") != std::string::npos;
    if (options.write || error.code() != ErrorCode::kPermission || !refused) throw;
    throw Error(error.code(), std::string(error.what()) + "; --write allows changes");
  }
}

int query(const GlobalOptions& globals, const QueryOptions& options) {
  check_row_options(globals, options.rows);
  const std::string sql = statement_text(options.sql);
  std::shared_ptr<Session> session = globals.open_database()->open_session(
      {.schema = options.schema, .read_only = !options.write, .as_of = options.as_of});
  OnInterrupt stop([session] { session->interrupt(); });
  arrow::Rows rows(run_statement(*session, sql, options));
  if (session->rows_changed() >= 0) {
    print_changed(globals, session->rows_changed());
  } else {
    print_rows(globals, options.rows, rows);
  }
  return kOk;
}

}  // namespace

void add_query(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto options = std::make_shared<QueryOptions>();
  CLI::App* command = app.add_subcommand("query", "Run SQL and print its rows");
  command->add_option("sql", options->sql, "the statement; - reads it from standard input")
      ->required();
  command->add_option("--schema", options->schema, "where names without a schema are looked up");
  CLI::Option* as_of =
      command->add_option("--as-of", options->as_of,
                          "read all tables as they were: a load id, a snapshot's number or a time");
  command
      ->add_flag("--write", options->write, "allow INSERT, UPDATE, DELETE, CREATE, ALTER, DROP too")
      ->excludes(as_of);
  add_row_options(*command, options->rows);
  add_examples(*command, {"hotload query 'SELECT name, born FROM people ORDER BY name'",
                          "hotload --json query 'SELECT count(*) AS people FROM people'",
                          "hotload query --as-of 2030-01-01 'SELECT count(*) FROM people'",
                          "hotload query --csv 'SELECT * FROM people' > people.out.csv",
                          "echo 'SELECT max(born) FROM people' | hotload query -",
                          "hotload query --write \"DELETE FROM people WHERE name = 'Nobody'\""});
  command->callback([&globals, &chosen, options] {
    chosen = [&globals, options] { return query(globals, *options); };
  });
}

}  // namespace hotload::cli
