// SPDX-License-Identifier: Apache-2.0
// hotload scrub, maintain, pending, abort: looking after a database.
#include "api/packages.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/text_table.h"

namespace hotload::cli {

namespace {

int scrub(const GlobalOptions& globals) {
  const ScrubReport report = globals.open_database()->scrub();
  const int code = report.findings.empty() ? kOk : kFindings;
  if (globals.json) {
    write_json_line(api::to_json(report));
    return code;
  }
  if (!report.findings.empty()) {
    TextTable table({{"finding"}, {"table"}, {"detail"}});
    for (const ScrubFinding& finding : report.findings) {
      table.add({finding.kind, finding.table, finding.detail});
    }
    table.print(0);  // a finding is never cut
  }
  write_out("checked " + with_commas(report.tables) + " tables, " + with_commas(report.files) +
            " files, " + with_commas(report.rows) + " rows: " +
            (report.findings.empty()
                 ? "nothing is wrong"
                 : with_commas(static_cast<int64_t>(report.findings.size())) + " findings") +
            "\n");
  return code;
}

int maintain(const GlobalOptions& globals, const MaintenanceOptions& options) {
  const MaintenanceReport report = globals.open_database()->maintain(options);
  if (globals.json) {
    boost::json::object line{{"dry_run", options.dry_run}};
    for (const auto& field : api::to_json(report)) line.insert(field);
    write_json_line(line);
    return kOk;
  }
  TextTable table({{options.dry_run ? "would be done" : "done"}, {"count", true}});
  table.add({"tables compacted", with_commas(report.tables_compacted)});
  table.add({"files merged", with_commas(report.files_merged)});
  table.add({"snapshots expired", with_commas(report.snapshots_expired)});
  table.add({"pending loads expired", with_commas(report.loads_expired)});
  table.add({"files without owner removed", with_commas(report.orphans_removed)});
  table.add({"freed", human_bytes(report.bytes_freed)});
  table.print(terminal_width());
  return kOk;
}

int pending(const GlobalOptions& globals) {
  const std::vector<PendingLoad> loads = globals.open_database()->pending_loads();
  if (globals.json) {
    for (const PendingLoad& load : loads) write_json_line(api::to_json(load));
    return kOk;
  }
  TextTable table({{"load id"}, {"schema"}, {"touched at"}, {"files", true}, {"size", true}});
  for (const PendingLoad& load : loads) {
    table.add({load.key.load_id, load.key.schema, load.touched_at, with_commas(load.jobs),
               human_bytes(load.size_bytes)});
  }
  table.print(terminal_width());
  return kOk;
}

// Loads are named by their id: a key has more parts, but ids are unique in practice. Where they
// are not, all of that id go.
int abort(const GlobalOptions& globals, const std::string& load_id) {
  const std::shared_ptr<Database> database = globals.open_database();
  int64_t aborted = 0;
  for (const PendingLoad& load : database->pending_loads()) {
    if (load.key.load_id != load_id) continue;
    database->open_load(load.key)->abort();
    ++aborted;
  }
  if (aborted == 0) {
    throw Error(ErrorCode::kNotFound, "there is no pending load '" + load_id + "' in database '" +
                                          globals.database + "'; hotload pending lists them");
  }
  if (globals.json) write_json_line({{"aborted", load_id}});
  print_note("load " + load_id + " is forgotten; nothing of it was committed");
  return kOk;
}

}  // namespace

void add_scrub(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  CLI::App* command = app.add_subcommand(
      "scrub", "Check every file against the catalog; exit code 1 when something is wrong");
  add_examples(*command, {"hotload scrub"});
  command->callback([&globals, &chosen] { chosen = [&globals] { return scrub(globals); }; });
}

void add_maintain(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto options = std::make_shared<MaintenanceOptions>();
  CLI::App* command = app.add_subcommand(
      "maintain", "Join small files, remove files that nothing needs, expire old snapshots");
  command->add_flag("--dry-run", options->dry_run, "only say what would be done");
  command
      ->add_option("--retention", options->retention_seconds,
                   "expire snapshots older than this many seconds (default: keep all)")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--grace", options->grace_seconds,
                   "leave files without owner that are younger than this many seconds")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_flag("!--no-compact", options->compact, "do not join files");
  command->add_flag("!--no-sweep", options->sweep, "do not remove files");
  add_examples(*command, {"hotload maintain --dry-run", "hotload maintain",
                          "hotload maintain --retention 604800"});
  command->callback([&globals, &chosen, options] {
    chosen = [&globals, options] { return maintain(globals, *options); };
  });
}

void add_pending(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  CLI::App* command = app.add_subcommand("pending", "List loads that are staged and not committed");
  add_examples(*command, {"hotload pending"});
  command->callback([&globals, &chosen] { chosen = [&globals] { return pending(globals); }; });
}

void add_abort(CLI::App& app, const GlobalOptions& globals, Command& chosen) {
  auto load_id = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("abort", "Forget a pending load and its files");
  command->add_option("load_id", *load_id, "as hotload pending shows it")->required();
  command->callback([&globals, &chosen, load_id] {
    chosen = [&globals, load_id] { return abort(globals, *load_id); };
  });
}

}  // namespace hotload::cli
