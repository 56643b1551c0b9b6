// SPDX-License-Identifier: Apache-2.0
#include "plain/parameters.h"

#include <charconv>
#include <cmath>

#include "hotload/error.h"
#include "lake/sql_tokens.h"
#include "model/identifier.h"

namespace hotload::plain {

namespace {

struct Literal {
  std::string operator()(std::monostate) const { return "NULL"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const {
    return "CAST(" + model::quote_literal(std::to_string(value)) + " AS BIGINT)";
  }
  std::string operator()(double value) const {
    if (std::isnan(value)) return "CAST('NaN' AS DOUBLE)";
    if (std::isinf(value)) return value > 0 ? "CAST('inf' AS DOUBLE)" : "CAST('-inf' AS DOUBLE)";
    std::array<char, 32> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return "CAST('" + std::string(text.data(), end) + "' AS DOUBLE)";
  }
  std::string operator()(const std::string& value) const { return model::quote_literal(value); }
  std::string operator()(const std::vector<uint8_t>&) const {
    throw Error(ErrorCode::kUnsupported, "bytes as a parameter: this server takes texts of them");
  }
};

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 6 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string with_values(const std::string& sql, const std::vector<Parameter>& values) {
  if (values.empty()) return sql;
  std::string out;
  size_t at = 0;
  size_t next = 0;
  for (const lake::Token& token : lake::tokens_of(sql)) {
    size_t number = 0;
    if (token.kind != lake::Token::Kind::kOther) continue;
    if (token.text == "?") number = ++next;
    if (token.text.starts_with('$') && is_number(token.text.substr(1))) {
      number = std::stoul(token.text.substr(1));
    }
    if (number == 0) continue;
    if (number > values.size()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "the statement has no value for its parameter " + std::to_string(number));
    }
    out += sql.substr(at, token.begin - at) + std::visit(Literal(), values[number - 1]);
    at = token.end;
  }
  return out + sql.substr(at);
}

}  // namespace hotload::plain
