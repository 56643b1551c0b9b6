// SPDX-License-Identifier: Apache-2.0
#include "cli/app.h"

#include <clocale>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/report.h"
#include "hotload/sharing.h"
#include "plain/open_server.h"
#include "remote/waits.h"
#include "remote/workspace.h"
#include "server/folder_server.h"

namespace hotload::cli {

namespace {

constexpr const char* kFooter = R"(
The lake is --lake, else HOTLOAD_LAKE, else the one folder *.lake here.
Exit codes: 0 done, 1 scrub found something, 2 the command line makes no sense, 3 an error that
stays, 4 an error that a retry may mend (another process has the lake, ...), 130 interrupted.
`hotload COMMAND --help` shows a command's options and examples.)";

void describe(CLI::App& app, GlobalOptions& globals, Command& chosen) {
  app.set_version_flag("--version", "hotload " HOTLOAD_VERSION);
  app.add_option("--lake", globals.lake,
                 "the lake's folder, or the URL of a server (its key in HOTLOAD_API_KEY)")
      ->envname("HOTLOAD_LAKE");
  app.add_option("--database", globals.database, "a database of the lake")->capture_default_str();
  app.add_flag("--json", globals.json, "results as JSON lines, errors as JSON");
  app.require_subcommand(1);
  app.fallthrough();  // global options may stand behind the command too
  app.footer(kFooter);
  for (const auto add : {add_load, add_query, add_tables, add_history, add_diff, add_changes,
                         add_undo, add_databases, add_fork, add_publish, add_drop, add_scrub,
                         add_maintain, add_pending, add_abort, add_serve, add_key}) {
    add(app, globals, chosen);
  }
}

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  std::string what = error.what();
  if (app.get_subcommands().empty() && !app.remaining().empty()) {
    what = "there is no command '" + app.remaining().front() + "'";
  }
  return what + "; hotload --help shows what there is";
}

// Runs and closes: after this the folder is free for other processes.
int run_command(const Command& command) {
  int code = kOk;
  try {
    code = command();
    flush_out();
  } catch (const UsageError& error) {
    print_error(error.code(), error.what());
    code = kUsage;
  } catch (const Error& error) {
    print_error(error.code(), error.what());
    code = exit_code(error.code());
  } catch (const std::exception& error) {
    print_error(ErrorCode::kInternal, error.what());
    code = exit_code(ErrorCode::kInternal);
  }
  close_idle_workspaces();
  return code;
}

}  // namespace

void add_examples(CLI::App& command, const std::vector<std::string>& lines) {
  std::string text = "\nExamples:";
  for (const std::string& line : lines) text += "\n  " + line;
  command.footer(text);
}

int run(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "C.UTF-8");  // widths of characters, whatever the user's locale
  watch_signals();
  plain::serve_urls();
  server::share_folders({});
  ask_holders_with(remote::ask_holder);
  remote::tell_waits_to(print_note);
  CLI::App app("Loads data into managed databases: one load is one atomic, durable commit.",
               "hotload");
  GlobalOptions globals;
  Command chosen;
  describe(app, globals, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    if (globals.json) report_as_json();
    print_error(ErrorCode::kInvalidArgument, explain(app, error));
    return kUsage;
  }
  if (globals.json) report_as_json();
  return run_command(chosen);
}

}  // namespace hotload::cli
