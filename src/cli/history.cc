// SPDX-License-Identifier: Apache-2.0
// hotload history, and how receipts are shown.
#include <numeric>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/receipt_print.h"
#include "cli/text_table.h"
#include "model/receipt_json.h"

namespace hotload::cli {

namespace {

std::string effect(const TableReceipt& table) {
  std::string text;
  const auto add = [&](bool holds, const char* word) {
    if (holds) text += (text.empty() ? "" : ", ") + std::string(word);
  };
  add(table.created, "created");
  add(table.truncated, "truncated");
  add(table.dropped, "dropped");
  return text;
}

int64_t sum(const Receipt& receipt, int64_t TableReceipt::* field) {
  return std::accumulate(
      receipt.tables.begin(), receipt.tables.end(), int64_t{0},
      [field](int64_t total, const TableReceipt& table) { return total + table.*field; });
}

int history(const GlobalOptions& globals, int64_t limit) {
  const std::vector<Receipt> receipts = globals.open_database()->history(limit);
  if (globals.json) {
    for (const Receipt& receipt : receipts) write_json_line(model::to_json(receipt));
    return kOk;
  }
  TextTable table({{"committed at"},
                   {"snapshot", true},
                   {"schema"},
                   {"load id"},
                   {"tables", true},
                   {"inserted", true},
                   {"updated", true},
                   {"deleted", true},
                   {"size", true}});
  for (const Receipt& receipt : receipts) {
    table.add({receipt.committed_at, std::to_string(receipt.snapshot), receipt.key.schema,
               receipt.key.load_id, std::to_string(receipt.tables.size()),
               with_commas(sum(receipt, &TableReceipt::inserted)),
               with_commas(sum(receipt, &TableReceipt::updated)),
               with_commas(sum(receipt, &TableReceipt::deleted)),
               human_bytes(sum(receipt, &TableReceipt::size_bytes))});
  }
  table.print(terminal_width());
  return kOk;
}

}  // namespace

void print_receipt(const Receipt& receipt) {
  TextTable table({{"table"},
                   {"inserted", true},
                   {"updated", true},
                   {"deleted", true},
                   {"files", true},
                   {"size", true},
                   {""}});
  for (const TableReceipt& one : receipt.tables) {
    table.add({one.table, with_commas(one.inserted), with_commas(one.updated),
               with_commas(one.deleted), with_commas(one.files), human_bytes(one.size_bytes),
               effect(one)});
  }
  table.print(terminal_width());
}

void print_receipt_json(const Receipt& receipt, bool already) {
  boost::json::value value = model::to_json(receipt);
  value.as_object()["already_committed"] = already;
  write_json_line(value);
}

void add_history(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto limit = std::make_shared<int64_t>(20);
  CLI::App* command = app.add_subcommand("history", "List committed loads, newest first");
  command->add_option("--limit", *limit, "how many, 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_examples(*command, {"hotload history", "hotload --json history --limit 0"});
  command->callback([&globals, &chosen, limit] {
    chosen = [&globals, limit] { return history(globals, *limit); };
  });
}

}  // namespace hotload::cli
