// SPDX-License-Identifier: Apache-2.0
// hotload query: one or more statements, the last one's rows as a table, JSON lines or CSV.
#include <iostream>
#include <iterator>
#include <string_view>

#include "arrow/rows.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text_table.h"

namespace hotload::cli {

namespace {

using arrow::CellKind;
using arrow::Rows;

constexpr int64_t kTerminalRows = 100;
constexpr size_t kBlockRows = 1'000;  // the first block decides the widths of columns

struct QueryOptions {
  std::string sql;
  std::string schema;
  std::string as_of;
  bool write = false;
  bool csv = false;
  std::optional<int64_t> max_rows;
};

// Calls `each` for up to `limit` rows (0: all). Whether there were more.
template <typename Each>
bool for_rows(Rows& rows, int64_t limit, Each each) {
  for (int64_t n = 0; rows.next(); ++n) {
    if (limit > 0 && n == limit) return true;
    each();
  }
  return false;
}

bool print_json(Rows& rows, int64_t limit) {
  return for_rows(rows, limit, [&] {
    std::string line = "{";
    for (int64_t i = 0; i < rows.width(); ++i) {
      if (i > 0) line += ", ";
      arrow::append_json_text(rows.name(i), line);
      line += ": ";
      rows.append_json(i, line);
    }
    write_out(line + "}\n");
  });
}

// RFC 4180. NULL is nothing, empty text is "".
std::string csv_field(CellKind kind, const std::string& text) {
  if (kind == CellKind::kNull) return {};
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

bool print_csv(Rows& rows, int64_t limit) {
  std::string header;
  for (int64_t i = 0; i < rows.width(); ++i) {
    header += (i > 0 ? "," : "") + csv_field(CellKind::kText, rows.name(i));
  }
  write_out(header + "\n");
  return for_rows(rows, limit, [&] {
    std::string line;
    for (int64_t i = 0; i < rows.width(); ++i) {
      std::string text;
      const CellKind kind = rows.append_cell(i, text);
      line += (i > 0 ? "," : "") + csv_field(kind, text);
    }
    write_out(line + "\n");
  });
}

bool print_table(Rows& rows, int64_t limit) {
  std::vector<TextColumn> columns;
  for (int64_t i = 0; i < rows.width(); ++i) columns.push_back({rows.name(i), rows.numeric(i)});
  TextTable table(columns);
  int64_t count = 0;
  const bool more = for_rows(rows, limit, [&] {
    std::vector<std::string> cells(columns.size());
    for (size_t i = 0; i < columns.size(); ++i) {
      if (rows.append_cell(static_cast<int64_t>(i), cells[i]) == CellKind::kNull) {
        cells[i] = "NULL";
      }
    }
    table.add(std::move(cells));
    ++count;
    if (table.size() == kBlockRows) table.print(terminal_width());
  });
  table.print(terminal_width());
  write_out("(" + (more ? "first " : std::string()) + with_commas(count) +
            (count == 1 ? " row" : " rows") + (more ? "; --max-rows 0 shows all)\n" : ")\n"));
  return false;  // the last line has said it
}

int64_t row_limit(const QueryOptions& options, bool as_table) {
  if (options.max_rows) return *options.max_rows;
  return as_table && terminal_width() > 0 ? kTerminalRows : 0;
}

void print_rows(const GlobalOptions& globals, const QueryOptions& options, Rows& rows) {
  const bool as_table = !globals.json && !options.csv;
  const int64_t limit = row_limit(options, as_table);
  const bool more = as_table       ? print_table(rows, limit)
                    : globals.json ? print_json(rows, limit)
                                   : print_csv(rows, limit);
  if (more) print_note("there are more rows than --max-rows " + std::to_string(limit));
}

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
  if (globals.json && options.csv) throw UsageError("--json and --csv exclude each other");
  const std::string sql = statement_text(options.sql);
  std::shared_ptr<Session> session = globals.open_database()->open_session(
      {.schema = options.schema, .read_only = !options.write, .as_of = options.as_of});
  OnInterrupt stop([session] { session->interrupt(); });
  Rows rows(run_statement(*session, sql, options));
  if (session->rows_changed() >= 0) {
    print_changed(globals, session->rows_changed());
  } else {
    print_rows(globals, options, rows);
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
  command->add_flag("--csv", options->csv, "rows as CSV");
  command
      ->add_option("--max-rows", options->max_rows,
                   "stop after that many rows, 0: never (default: 100 on a terminal, else 0)")
      ->check(CLI::NonNegativeNumber);
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
