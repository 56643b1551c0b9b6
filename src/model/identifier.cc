// SPDX-License-Identifier: Apache-2.0
#include "model/identifier.h"

#include <algorithm>
#include <array>
#include <set>

#include "hotload/error.h"

namespace hotload::model {
namespace {

std::string shown(std::string_view name) {
  constexpr size_t kShownBytes = 64;
  std::string out;
  for (const char c : name.substr(0, kShownBytes)) {
    out += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f ? '?' : c;
  }
  return "\"" + out + (name.size() > kShownBytes ? "...\"" : "\"");
}

[[noreturn]] void reject(std::string_view what, std::string_view name, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, std::string(what) + " name " + shown(name) + " " + why);
}

void check_name(std::string_view what, std::string_view name, size_t max_bytes = kMaxNameBytes) {
  if (name.empty()) reject(what, name, "is empty");
  if (name.size() > max_bytes) {
    reject(what, name, "is longer than " + std::to_string(max_bytes) + " bytes");
  }
  if (name.find('\0') != std::string_view::npos) reject(what, name, "holds a NUL byte");
  if (!is_valid_utf8(name)) reject(what, name, "is not valid UTF-8");
}

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string quote(std::string_view text, char mark) {
  std::string out;
  out.reserve(text.size() + 2);
  out += mark;
  for (const char c : text) {
    if (c == mark) out += mark;
    out += c;
  }
  out += mark;
  return out;
}

// The length of the UTF-8 sequence that starts at `at`, 0 when it is malformed.
size_t sequence_length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(at + 1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool surrogate = lead == 0xed && second >= 0xa0;
  const bool too_large = lead == 0xf4 && second >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = sequence_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

void check_database_name(std::string_view name) {
  if (name.empty()) reject("database", name, "is empty");
  if (name.size() > kMaxDatabaseNameBytes) {
    reject("database", name, "is longer than " + std::to_string(kMaxDatabaseNameBytes) + " bytes");
  }
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  if (!plain) reject("database", name, "may hold only letters, digits, \"_\" and \"-\"");
  // What else lies in the folder of a lake.
  for (const char* taken : {"lock", "spill"}) {
    if (same_name(name, taken)) reject("database", name, "is reserved");
  }
}

void check_schema_name(std::string_view name) {
  check_name("schema", name);
  constexpr std::array kReserved{"information_schema", "pg_catalog", "_hotload"};
  for (const char* reserved : kReserved) {
    if (same_name(name, reserved)) reject("schema", name, "is reserved");
  }
}

void check_table_name(std::string_view name) { check_name("table", name); }

void check_column_name(std::string_view name) { check_name("column", name, kMaxColumnNameBytes); }

void check_columns(const std::vector<Column>& columns) {
  std::set<std::string> seen;
  for (const Column& column : columns) {
    check_column_name(column.name);
    if (!seen.insert(fold_case(column.name)).second) {
      reject("column", column.name, "occurs twice (case does not tell names apart)");
    }
  }
}

std::string fold_case(std::string_view name) {
  std::string out(name);
  std::transform(out.begin(), out.end(), out.begin(), fold);
  return out;
}

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return fold(a) == fold(b); });
}

const Column* find_column(const std::vector<Column>& columns, std::string_view name) {
  const auto at = std::find_if(columns.begin(), columns.end(),
                               [&](const Column& c) { return same_name(c.name, name); });
  return at == columns.end() ? nullptr : &*at;
}

std::string quote_identifier(std::string_view name) { return quote(name, '"'); }

std::string quote_literal(std::string_view text) { return quote(text, '\''); }

std::string column_definition(const Column& column) {
  return quote_identifier(column.name) + " " + column.type + (column.nullable ? "" : " NOT NULL");
}

}  // namespace hotload::model
