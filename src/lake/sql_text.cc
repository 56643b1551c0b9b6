// SPDX-License-Identifier: Apache-2.0
#include "lake/sql_text.h"

#include <algorithm>
#include <cctype>

#include "hotload/error.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace json = boost::json;

namespace {

constexpr size_t kMaxStatementBytes = size_t{1} << 20;
constexpr size_t kMaxTreeDepth = 4'000;

// The engine writes infinities and NaN bare.
std::string without_bare_words(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inside && c == '\\') {
      out.append(text, i++, 2);
      continue;
    }
    if (c == '"') inside = !inside;
    const bool word = !inside && (c == 'I' || c == 'N');
    if (!word) {
      out += c;
      continue;
    }
    if (!out.empty() && out.back() == '-') out.pop_back();
    while (i + 1 < text.size() && std::isalpha(static_cast<unsigned char>(text[i + 1]))) ++i;
    out += "null";
  }
  return out;
}

[[noreturn]] void throw_parse_error(const json::object& answer) {
  const auto text = [&](const char* field) {
    const json::value* found = answer.if_contains(field);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
  };
  if (text("error_type") == "not implemented") {
    throw Error(ErrorCode::kPermission,
                "only queries are allowed: SELECT, WITH, VALUES, FROM, DESCRIBE, SUMMARIZE. A "
                "PIVOT is written as SELECT * FROM t PIVOT (sum(x) FOR y IN (...))");
  }
  throw Error(ErrorCode::kInvalidArgument, text("error_message"));
}

bool in_identifier(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) || c == '_' || c == '$' || byte >= 0x80;
}

// Reads a dotted name with what may stand between its parts.
class NameReader {
 public:
  NameReader(const std::string& sql, size_t at) : sql_(sql), at_(at) {}

  size_t at() const { return at_; }
  std::string part() {
    if (at_ < sql_.size() && sql_[at_] == '"') return quoted();
    const size_t begin = at_;
    while (at_ < sql_.size() && in_identifier(sql_[at_])) ++at_;
    return sql_.substr(begin, at_ - begin);
  }
  bool dot() {
    skip_blanks();
    if (at_ >= sql_.size() || sql_[at_] != '.') return false;
    ++at_;
    skip_blanks();
    return true;
  }

 private:
  std::string quoted() {
    std::string name;
    for (++at_; at_ < sql_.size(); ++at_) {
      if (sql_[at_] == '"') {
        if (at_ + 1 == sql_.size() || sql_[at_ + 1] != '"') {
          ++at_;
          return name;
        }
        ++at_;
      }
      name += sql_[at_];
    }
    return name;
  }
  void skip_blanks() {
    while (at_ < sql_.size()) {
      if (std::isspace(static_cast<unsigned char>(sql_[at_]))) {
        ++at_;
      } else if (sql_.compare(at_, 2, "--") == 0) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (sql_.compare(at_, 2, "/*") == 0) {
        const size_t end = sql_.find("*/", at_ + 2);
        at_ = end == std::string::npos ? sql_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  const std::string& sql_;
  size_t at_;
};

}  // namespace

json::value parse_statement(engine::Connection& connection, const std::string& sql) {
  if (sql.size() > kMaxStatementBytes) {
    throw Error(ErrorCode::kInvalidArgument, "the statement is longer than 1 MiB");
  }
  if (sql.find('\0') != std::string::npos || !model::is_valid_utf8(sql)) {
    throw Error(ErrorCode::kInvalidArgument, "the statement is not UTF-8 text");
  }
  const std::string text = connection
                               .text("SELECT system.main.json_serialize_sql(CAST(" +
                                     model::quote_literal(sql) + " AS VARCHAR))")
                               .value_or("{}");
  json::parse_options options;
  options.max_depth = kMaxTreeDepth;
  boost::system::error_code error;
  json::value tree = json::parse(without_bare_words(text), error, {}, options);
  if (error == json::error::too_deep) {
    throw Error(ErrorCode::kInvalidArgument, "the statement is nested too deep");
  }
  if (error || !tree.is_object()) {
    throw Error(ErrorCode::kInternal, "the engine's tree of the statement cannot be read");
  }
  const json::object& answer = tree.as_object();
  if (answer.at("error").as_bool()) throw_parse_error(answer);
  const size_t count = answer.at("statements").as_array().size();
  if (count != 1) {
    throw Error(ErrorCode::kInvalidArgument, count == 0
                                                 ? "there is no statement to run"
                                                 : "several statements: one at a time is allowed");
  }
  return std::move(tree.as_object().at("statements").as_array()[0]);
}

// Boost's own comparison copies every member that it compares.
bool same_meaning(const json::value& left, const json::value& right) {
  if (left.is_array() && right.is_array()) {
    const json::array& a = left.get_array();
    const json::array& b = right.get_array();
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_meaning);
  }
  if (!left.is_object() || !right.is_object()) return left == right;
  const json::object& a = left.get_object();
  const json::object& b = right.get_object();
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& member) {
           const json::value* other = b.if_contains(member.key());
           return other != nullptr &&
                  (member.key() == "query_location" || same_meaning(member.value(), *other));
         });
}

void NameEdits::replace(int64_t place, const std::vector<std::string>& parts,
                        const std::string& text) {
  bool same = place >= 0 && place < static_cast<int64_t>(sql_.size());
  NameReader reader(sql_, same ? static_cast<size_t>(place) : 0);
  for (size_t i = 0; same && i < parts.size(); ++i) {
    same = (i == 0 || reader.dot()) && model::same_name(reader.part(), parts[i]);
  }
  if (!same) {
    throw Error(ErrorCode::kInvalidArgument,
                "the name '" + parts.back() +
                    "' is written in a way that is not read here: put plain spaces around it");
  }
  const auto begin = static_cast<size_t>(place);
  edits_[begin] = {reader.at() - begin, text};
}

std::string NameEdits::apply() const {
  std::string out;
  size_t at = 0;
  for (const auto& [begin, edit] : edits_) {
    out.append(sql_, at, begin - at);
    out += edit.text;
    at = begin + edit.size;
  }
  return out.append(sql_, at, std::string::npos);
}

}  // namespace hotload::lake
