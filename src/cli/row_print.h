// SPDX-License-Identifier: Apache-2.0
// Rows as a table, JSON lines or CSV, and the options of commands that print rows.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>

#include "arrow/rows.h"
#include "cli/options.h"

namespace hotload::cli {

struct RowOptions {
  bool csv = false;
  std::optional<int64_t> max_rows;
};

void add_row_options(CLI::App& command, RowOptions& options);
// Throws UsageError for options that exclude each other.
void check_row_options(const GlobalOptions& globals, const RowOptions& options);
void print_rows(const GlobalOptions& globals, const RowOptions& options, arrow::Rows& rows);

}  // namespace hotload::cli
