// SPDX-License-Identifier: Apache-2.0
// Rows as aligned columns for people. Widths follow the rows that are there when the header is
// printed; later rows keep them. Control characters are shown, never sent to the terminal.
#pragma once

#include <string>
#include <vector>

namespace hotload::cli {

struct TextColumn {
  std::string name;
  bool right = false;  // aligned to the right
};

class TextTable {
 public:
  explicit TextTable(std::vector<TextColumn> columns) : columns_(std::move(columns)) {}

  void add(std::vector<std::string> cells);
  size_t size() const { return rows_.size(); }
  // Writes the header once, then the rows that were added since. The widest columns are cut so
  // that a line has at most `max_width` places; 0: no limit.
  void print(size_t max_width);

 private:
  void fit(size_t max_width);
  void print_line(const std::vector<std::string>& cells);

  std::vector<TextColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> widths_;  // empty until the header is printed
};

// Places of a terminal's line that the text takes.
size_t display_width(const std::string& text);
// Width of the terminal on standard output; 0 when it is none.
size_t terminal_width();

// "336,776"
std::string with_commas(int64_t number);
// "12.3 MB"
std::string human_bytes(int64_t bytes);
// "id, name"
std::string joined(const std::vector<std::string>& names);

}  // namespace hotload::cli
