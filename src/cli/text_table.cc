// SPDX-License-Identifier: Apache-2.0
#include "cli/text_table.h"

#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "cli/output.h"

namespace hotload::cli {

namespace {

constexpr size_t kSmallestColumn = 8;  // is not cut further
constexpr const char* kGap = "  ";

struct Glyph {
  size_t bytes = 1;
  size_t width = 1;
};

// The code point at `at`; broken UTF-8 counts byte by byte.
Glyph glyph_at(const std::string& text, size_t at) {
  wchar_t wide = 0;
  mbstate_t state{};
  const size_t bytes = ::mbrtowc(&wide, text.data() + at, text.size() - at, &state);
  if (bytes == 0 || bytes > text.size() - at) return {};
  return {bytes, static_cast<size_t>(std::max(0, ::wcwidth(wide)))};
}

std::string printable(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "?";
    } else {
      out += c;
    }
  }
  return out;
}

std::string cut(const std::string& text, size_t width) {
  size_t used = 0;
  for (size_t at = 0; at < text.size();) {
    const Glyph glyph = glyph_at(text, at);
    if (used + glyph.width > width - 1) return text.substr(0, at) + "…";
    used += glyph.width;
    at += glyph.bytes;
  }
  return text;
}

}  // namespace

size_t display_width(const std::string& text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const Glyph glyph = glyph_at(text, at);
    width += glyph.width;
    at += glyph.bytes;
  }
  return width;
}

size_t terminal_width() {
  struct winsize size{};
  if (!::isatty(STDOUT_FILENO) || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

void TextTable::add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

void TextTable::fit(size_t max_width) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].name = printable(columns_[i].name);
    size_t width = display_width(columns_[i].name);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i]));
    widths_.push_back(width);
  }
  if (max_width == 0 || widths_.empty()) return;
  size_t total = std::accumulate(widths_.begin(), widths_.end(), size_t{0}) +
                 (widths_.size() - 1) * std::char_traits<char>::length(kGap);
  while (total > max_width) {
    auto widest = std::max_element(widths_.begin(), widths_.end());
    if (*widest <= kSmallestColumn) break;
    --*widest;
    --total;
  }
}

void TextTable::print_line(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += kGap;
    const size_t width = display_width(cells[i]);
    const std::string text = width > widths_[i] ? cut(cells[i], widths_[i]) : cells[i];
    const std::string padding(width < widths_[i] ? widths_[i] - width : 0, ' ');
    line += columns_[i].right ? padding + text : text + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  write_out(line + "\n");
}

void TextTable::print(size_t max_width) {
  if (widths_.empty()) {
    fit(max_width);
    std::vector<std::string> names;
    std::vector<std::string> rules;
    for (size_t i = 0; i < columns_.size(); ++i) {
      names.push_back(columns_[i].name);
      rules.emplace_back(widths_[i], '-');
    }
    print_line(names);
    print_line(rules);
  }
  for (const auto& row : rows_) print_line(row);
  rows_.clear();
}

std::string with_commas(int64_t number) {
  std::string text = std::to_string(number);
  const int64_t first = number < 0 ? 1 : 0;
  for (int64_t at = static_cast<int64_t>(text.size()) - 3; at > first; at -= 3) {
    text.insert(static_cast<size_t>(at), ",");
  }
  return text;
}

std::string human_bytes(int64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"kB", "MB", "GB", "TB", "PB"};
  if (bytes < 1'000) return std::to_string(bytes) + " B";
  double amount = static_cast<double>(bytes) / 1'000;
  size_t unit = 0;
  while (amount >= 999.95 && unit + 1 < kUnits.size()) {
    amount /= 1'000;
    ++unit;
  }
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.1f %s", amount, kUnits[unit]);
  return text.data();
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace hotload::cli
