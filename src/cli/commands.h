// SPDX-License-Identifier: Apache-2.0
// The commands. Each add_* describes one to the parser; when it is the one that was given,
// `chosen` becomes what it does. Nothing runs while the command line is being parsed.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace hotload::cli {

void add_load(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_query(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_tables(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_history(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_diff(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_changes(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_undo(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_databases(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_fork(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_publish(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_drop(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_scrub(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_maintain(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_pending(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_abort(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_serve(CLI::App& app, const GlobalOptions& globals, Command& chosen);
void add_key(CLI::App& app, const GlobalOptions& globals, Command& chosen);

// A command's lines of examples below its help.
void add_examples(CLI::App& command, const std::vector<std::string>& lines);

}  // namespace hotload::cli
