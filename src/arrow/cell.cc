// SPDX-License-Identifier: Apache-2.0
#include "arrow/cell.h"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "arrow/array_values.h"
#include "arrow/calendar.h"
#include "hotload/error.h"

namespace hotload::arrow {

namespace {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

template <typename T>
CellKind append_integer(const ArrowArray& array, int64_t row, std::string& out) {
  out += std::to_string(value_at<T>(array, row));
  return CellKind::kBare;
}

// The shortest digits that read back as the same value; "1.0" rather than "1".
template <typename T>
CellKind append_float(const ArrowArray& array, int64_t row, std::string& out,
                      NotFinite not_finite) {
  const T value = value_at<T>(array, row);
  if (!std::isfinite(value)) {  // JSON has no such numbers
    if (not_finite == NotFinite::kNull) return CellKind::kNull;
    out += std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    return CellKind::kText;
  }
  std::array<char, 64> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  const std::string_view text(digits.data(), static_cast<size_t>(end - digits.data()));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
  return CellKind::kBare;
}

Int128 decimal_at(const ArrowArray& array, int64_t row, int bits) {
  if (bits == 32) return value_at<int32_t>(array, row);
  if (bits == 64) return value_at<int64_t>(array, row);
  return value_at<Int128>(array, row);
}

// "d:PRECISION,SCALE[,BITS]"
CellKind append_decimal(std::string_view format, const ArrowArray& array, int64_t row,
                        std::string& out) {
  std::array<int, 3> fields{0, 0, 128};
  const char* at = format.data() + 2;
  const char* end = format.data() + format.size();
  for (int& field : fields) {
    at = std::from_chars(at, end, field).ptr;
    if (at == end) break;
    ++at;
  }
  const Int128 value = decimal_at(array, row, fields[2]);
  auto rest = value < 0 ? -static_cast<Uint128>(value) : static_cast<Uint128>(value);
  std::string digits;
  while (rest != 0 || digits.size() <= static_cast<size_t>(fields[1])) {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  }
  if (fields[1] > 0) digits.insert(digits.size() - static_cast<size_t>(fields[1]), ".");
  out += (value < 0 ? "-" : "") + digits;
  return CellKind::kBare;
}

// Bytes outside of printable ASCII as \xNN, as the engine writes them.
CellKind append_blob(std::string_view bytes, std::string& out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\' && c != '\'' && c != '"') {
      out += c;
    } else {
      out.append({'\\', 'x', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return CellKind::kText;
}

int64_t units_per_second(char unit) {
  return unit == 's' ? 1 : unit == 'm' ? 1'000 : unit == 'u' ? 1'000'000 : 1'000'000'000;
}

// Whether it was the engine's infinity, which is the largest or smallest value but one.
template <typename T>
bool append_infinity(T value, std::string& out) {
  if (value != std::numeric_limits<T>::max() && value != -std::numeric_limits<T>::max()) {
    return false;
  }
  out += value > 0 ? "infinity" : "-infinity";
  return true;
}

// "tdD", "ttu", "tsu:ZONE", "tin", ...
CellKind append_temporal(std::string_view format, const ArrowArray& array, int64_t row,
                         std::string& out) {
  const char kind = format[1];
  const int64_t per_second = units_per_second(format[2]);
  if (kind == 'd') {
    const auto days = value_at<int32_t>(array, row);
    if (!append_infinity(days, out)) append_date(days, out);
  } else if (kind == 't') {
    const bool narrow = format[2] == 's' || format[2] == 'm';
    append_time(narrow ? value_at<int32_t>(array, row) : value_at<int64_t>(array, row), per_second,
                out);
  } else if (kind == 's') {
    const auto units = value_at<int64_t>(array, row);
    if (!append_infinity(units, out)) {
      append_timestamp(units, per_second, out);
      if (format.size() > 4) out += 'Z';  // values with a zone are UTC, whatever it is
    }
  } else {
    struct MonthDayNano {
      int32_t months, days;
      int64_t nanoseconds;
    };
    const auto interval = value_at<MonthDayNano>(array, row);
    append_interval(interval.months, interval.days, interval.nanoseconds, out);
  }
  return CellKind::kText;
}

void append_list(const ArrowSchema& schema, const ArrowArray& array, int64_t begin, int64_t end,
                 std::string& out, NotFinite not_finite) {
  out += '[';
  for (int64_t i = begin; i < end; ++i) {
    if (i > begin) out += ", ";
    append_json(*schema.children[0], *array.children[0], i, out, not_finite);
  }
  out += ']';
}

void append_struct(const ArrowSchema& schema, const ArrowArray& array, int64_t row,
                   std::string& out, NotFinite not_finite) {
  out += '{';
  for (int64_t i = 0; i < schema.n_children; ++i) {
    if (i > 0) out += ", ";
    append_json_text(schema.children[i]->name, out);
    out += ": ";
    append_json(*schema.children[i], *array.children[i], array.offset + row, out, not_finite);
  }
  out += '}';
}

// A map is an object; a key of any type is a name.
void append_map(const ArrowSchema& schema, const ArrowArray& array, int64_t begin, int64_t end,
                std::string& out, NotFinite not_finite) {
  const ArrowSchema& entry = *schema.children[0];
  const ArrowArray& entries = *array.children[0];
  out += '{';
  for (int64_t i = begin; i < end; ++i) {
    if (i > begin) out += ", ";
    std::string key;
    append_cell(*entry.children[0], *entries.children[0], entries.offset + i, key);
    append_json_text(key, out);
    out += ": ";
    append_json(*entry.children[1], *entries.children[1], entries.offset + i, out, not_finite);
  }
  out += '}';
}

CellKind append_nested(std::string_view format, const ArrowSchema& schema, const ArrowArray& array,
                       int64_t row, std::string& out, NotFinite not_finite) {
  switch (format[1]) {
    case 's':
      append_struct(schema, array, row, out, not_finite);
      return CellKind::kNested;
    case 'l':
      append_list(schema, array, value_at<int32_t>(array, row), value_at<int32_t>(array, row + 1),
                  out, not_finite);
      return CellKind::kNested;
    case 'L':
      append_list(schema, array, value_at<int64_t>(array, row), value_at<int64_t>(array, row + 1),
                  out, not_finite);
      return CellKind::kNested;
    case 'm':
      append_map(schema, array, value_at<int32_t>(array, row), value_at<int32_t>(array, row + 1),
                 out, not_finite);
      return CellKind::kNested;
    case 'w': {
      const int64_t length = std::strtoll(format.data() + 3, nullptr, 10);
      const int64_t begin = (array.offset + row) * length;
      append_list(schema, array, begin, begin + length, out, not_finite);
      return CellKind::kNested;
    }
    case 'u': {
      const auto member = value_at<int8_t>(array, row, 0);
      const int64_t at = format[2] == 'd' ? value_at<int32_t>(array, row, 1) : array.offset + row;
      return append_cell(*schema.children[member], *array.children[member], at, out, not_finite);
    }
    default:
      break;
  }
  throw Error(ErrorCode::kUnsupported, "a column has the Arrow type '" + std::string(format) +
                                           "'; cast it to VARCHAR in the query");
}

int64_t dictionary_index(std::string_view format, const ArrowArray& array, int64_t row) {
  std::string digits;
  ArrowSchema plain{};
  plain.format = format.data();
  append_cell(plain, array, row, digits);
  return std::strtoll(digits.c_str(), nullptr, 10);
}

}  // namespace

CellKind append_cell(const ArrowSchema& schema, const ArrowArray& array, int64_t row,
                     std::string& out, NotFinite not_finite) {
  if (is_null(schema.format, array, row)) return CellKind::kNull;
  const std::string_view format = schema.format;
  if (schema.dictionary != nullptr) {
    return append_cell(*schema.dictionary, *array.dictionary, dictionary_index(format, array, row),
                       out, not_finite);
  }
  switch (format[0]) {
    case 'b':
      out += bit_at(array.buffers[1], array.offset + row) ? "true" : "false";
      return CellKind::kBare;
    case 'c':
      return append_integer<int8_t>(array, row, out);
    case 'C':
      return append_integer<uint8_t>(array, row, out);
    case 's':
      return append_integer<int16_t>(array, row, out);
    case 'S':
      return append_integer<uint16_t>(array, row, out);
    case 'i':
      return append_integer<int32_t>(array, row, out);
    case 'I':
      return append_integer<uint32_t>(array, row, out);
    case 'l':
      return append_integer<int64_t>(array, row, out);
    case 'L':
      return append_integer<uint64_t>(array, row, out);
    case 'f':
      return append_float<float>(array, row, out, not_finite);
    case 'g':
      return append_float<double>(array, row, out, not_finite);
    case 'd':
      return append_decimal(format, array, row, out);
    case 'u':
      out += bytes_at<int32_t>(array, row);
      return CellKind::kText;
    case 'U':
      out += bytes_at<int64_t>(array, row);
      return CellKind::kText;
    case 'z':
      return append_blob(bytes_at<int32_t>(array, row), out);
    case 'Z':
      return append_blob(bytes_at<int64_t>(array, row), out);
    case 't':
      return append_temporal(format, array, row, out);
    default:
      return append_nested(format, schema, array, row, out, not_finite);
  }
}

void append_json(const ArrowSchema& schema, const ArrowArray& array, int64_t row, std::string& out,
                 NotFinite not_finite) {
  std::string text;
  switch (append_cell(schema, array, row, text, not_finite)) {
    case CellKind::kNull:
      out += "null";
      break;
    case CellKind::kText:
      append_json_text(text, out);
      break;
    case CellKind::kBare:
    case CellKind::kNested:
      out += text;
      break;
  }
}

void append_json_text(const std::string& text, std::string& out) {
  out += boost::json::serialize(boost::json::string(text));
}

void append_csv_field(CellKind kind, const std::string& text, std::string& out) {
  if (kind == CellKind::kNull) return;
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

bool is_numeric(const ArrowSchema& schema) {
  return schema.dictionary == nullptr && std::strchr("cCsSiIlLfgd", schema.format[0]) != nullptr;
}

}  // namespace hotload::arrow
