// SPDX-License-Identifier: Apache-2.0
// hotload diff, changes, undo, publish: what loads did, taking one back, and bringing a fork home.
#include "api/packages.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/receipt_print.h"
#include "cli/report.h"
#include "cli/row_print.h"
#include "cli/text_table.h"

namespace hotload::cli {

namespace {

struct ChangeOptions {
  Span span;
  std::string table;
  std::string schema = "main";
  RowOptions rows;
};

int stream_rows(const GlobalOptions& globals, const ChangeOptions& options, ArrowStream stream) {
  arrow::Rows rows(std::move(stream));
  print_rows(globals, options.rows, rows);
  return kOk;
}

int diff(const GlobalOptions& globals, const ChangeOptions& options) {
  check_row_options(globals, options.rows);
  const std::shared_ptr<Database> database = globals.open_database();
  if (!options.table.empty()) {
    return stream_rows(globals, options,
                       database->diff_rows(options.schema, options.table, options.span));
  }
  const DatabaseDiff found = database->diff(options.span);
  if (globals.json) {
    for (const TableDiff& table : found.tables) write_json_line(api::to_json(table));
    return kOk;
  }
  TextTable list({{"schema"},
                  {"table"},
                  {"inserted", true},
                  {"updated", true},
                  {"deleted", true},
                  {"key"},
                  {""}});
  for (const TableDiff& table : found.tables) {
    list.add({table.schema, table.table, with_commas(table.inserted), with_commas(table.updated),
              with_commas(table.deleted), joined(table.key),
              table.kind != "changed" ? table.kind : (table.altered ? "altered" : "")});
  }
  list.print(terminal_width());
  return kOk;
}

int changes(const GlobalOptions& globals, const ChangeOptions& options) {
  check_row_options(globals, options.rows);
  const std::shared_ptr<Database> database = globals.open_database();
  if (!options.table.empty()) {
    return stream_rows(globals, options,
                       database->changes(options.schema, options.table, options.span));
  }
  const std::vector<TableEvent> events = database->table_events(options.span);
  TextTable list({{"snapshot", true}, {"load id"}, {"schema"}, {"table"}, {"what"}});
  for (const TableEvent& event : events) {
    if (globals.json) {
      write_json_line(api::to_json(event));
    } else {
      list.add(
          {std::to_string(event.snapshot), event.load_id, event.schema, event.table, event.kind});
    }
  }
  if (!globals.json) list.print(terminal_width());
  return kOk;
}

int undo(const GlobalOptions& globals, const std::string& load_id) {
  const Receipt receipt = globals.open_database()->undo(load_id);
  if (globals.json) {
    print_receipt_json(receipt, false);
  } else {
    print_receipt(receipt);
  }
  print_note("load " + load_id + " is undone, by snapshot " + std::to_string(receipt.snapshot));
  return kOk;
}

int publish(const GlobalOptions& globals, const std::string& fork) {
  const std::vector<Receipt> receipts = globals.open_workspace()->publish_database(fork);
  for (const Receipt& receipt : receipts) {
    if (globals.json) {
      print_receipt_json(receipt, false);
    } else {
      print_receipt(receipt);
    }
  }
  print_note(receipts.empty()
                 ? "database '" + fork + "' holds nothing new"
                 : "database '" + fork + "' is published, as load " + receipts.front().key.load_id);
  return kOk;
}

void add_span_options(CLI::App& command, ChangeOptions& options) {
  command.add_option("--schema", options.schema, "the schema of the table")->capture_default_str();
  add_row_options(command, options.rows);
}

}  // namespace

void add_diff(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto options = std::make_shared<ChangeOptions>();
  CLI::App* command = app.add_subcommand(
      "diff", "Net change between two states: tables with counts, or one table's rows");
  command->add_option("since", options->span.since, "a load id, a snapshot's number or a time")
      ->required();
  command->add_option("until", options->span.until, "the same, later (default: now)");
  command->add_option("--table", options->table, "print the rows of one table that changed");
  add_span_options(*command, *options);
  add_examples(*command,
               {"hotload diff 1", "hotload --json diff 1 2", "hotload diff 1 --table people"});
  command->callback([&globals, &chosen, options] {
    chosen = [&globals, options] { return diff(globals, *options); };
  });
}

void add_changes(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto options = std::make_shared<ChangeOptions>();
  CLI::App* command = app.add_subcommand(
      "changes", "What happened to tables, load by load, or one table's rows that changed");
  command->add_option("table", options->table, "print its rows, before and after");
  command->add_option("--since", options->span.since,
                      "after that load id, snapshot's number or time (default: from the start)");
  command->add_option("--until", options->span.until, "up to that one (default: now)");
  add_span_options(*command, *options);
  add_examples(*command, {"hotload changes", "hotload changes people --since 1",
                          "hotload --json changes people"});
  command->callback([&globals, &chosen, options] {
    chosen = [&globals, options] { return changes(globals, *options); };
  });
}

void add_undo(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto load_id = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "undo", "Take a load back in a new commit; refused where later loads touched its rows");
  command->add_option("load_id", *load_id, "as hotload history shows it")->required();
  add_examples(*command, {"hotload load people.jsonl --table people --load-id wrong && "
                          "hotload undo wrong"});
  command->callback([&globals, &chosen, load_id] {
    chosen = [&globals, load_id] { return undo(globals, *load_id); };
  });
}

void add_publish(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto fork = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand(
      "publish", "Bring what a fork changed into the database that it was made from");
  command->add_option("fork", *fork, "the fork's name")->required();
  add_examples(*command, {"hotload fork main try && hotload --database try load people.jsonl "
                          "--table people && hotload publish try"});
  command->callback(
      [&globals, &chosen, fork] { chosen = [&globals, fork] { return publish(globals, *fork); }; });
}

}  // namespace hotload::cli
