// SPDX-License-Identifier: Apache-2.0
#include "cli/row_print.h"

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text_table.h"

namespace hotload::cli {

namespace {

using arrow::CellKind;
using arrow::Rows;

constexpr int64_t kTerminalRows = 100;
constexpr size_t kBlockRows = 1'000;  // the first block decides the widths of columns

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

bool print_csv(Rows& rows, int64_t limit) {
  std::string header;
  for (int64_t i = 0; i < rows.width(); ++i) {
    if (i > 0) header += ',';
    arrow::append_csv_field(CellKind::kText, rows.name(i), header);
  }
  write_out(header + "\n");
  return for_rows(rows, limit, [&] {
    std::string line;
    for (int64_t i = 0; i < rows.width(); ++i) {
      std::string text;
      const CellKind kind = rows.append_cell(i, text);
      if (i > 0) line += ',';
      arrow::append_csv_field(kind, text, line);
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

int64_t row_limit(const RowOptions& options, bool as_table) {
  if (options.max_rows) return *options.max_rows;
  return as_table && terminal_width() > 0 ? kTerminalRows : 0;
}

}  // namespace

void add_row_options(CLI::App& command, RowOptions& options) {
  command.add_flag("--csv", options.csv, "rows as CSV");
  command
      .add_option("--max-rows", options.max_rows,
                  "stop after that many rows, 0: never (default: 100 on a terminal, else 0)")
      ->check(CLI::NonNegativeNumber);
}

void check_row_options(const GlobalOptions& globals, const RowOptions& options) {
  if (globals.json && options.csv) throw UsageError("--json and --csv exclude each other");
}

void print_rows(const GlobalOptions& globals, const RowOptions& options, Rows& rows) {
  const bool as_table = !globals.json && !options.csv;
  const int64_t limit = row_limit(options, as_table);
  const bool more = as_table       ? print_table(rows, limit)
                    : globals.json ? print_json(rows, limit)
                                   : print_csv(rows, limit);
  if (more) print_note("there are more rows than --max-rows " + std::to_string(limit));
}

}  // namespace hotload::cli
