// SPDX-License-Identifier: Apache-2.0
#include "lake/sql_tokens.h"

#include <algorithm>
#include <cctype>

#include "hotload/error.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

bool begins_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalpha(byte) || c == '_' || byte >= 0x80;
}

bool in_word(char c) {
  return begins_word(c) || std::isdigit(static_cast<unsigned char>(c)) || c == '$';
}

bool ends_statement(const Token& token) {
  return token.kind == Token::Kind::kOther && token.text == ";";
}

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  // Without an end.
  std::vector<Token> run() {
    while (true) {
      skip_blanks();
      if (at_ >= sql_.size()) break;
      next();
    }
    if (depth_ != 0) fail("parentheses do not match");
    return std::move(tokens_);
  }

 private:
  [[noreturn]] static void fail(const std::string& why) {
    throw Error(ErrorCode::kInvalidArgument, why);
  }
  char peek(size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }

  void skip_blanks() {
    while (at_ < sql_.size()) {
      if (std::isspace(static_cast<unsigned char>(peek()))) {
        ++at_;
      } else if (peek() == '-' && peek(1) == '-') {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (peek() == '/' && peek(1) == '*') {
        skip_comment();
      } else {
        return;
      }
    }
  }
  void skip_comment() {
    int nested = 0;
    do {
      if (at_ >= sql_.size()) fail("a comment never ends");
      if (peek() == '/' && peek(1) == '*') {
        ++nested;
        at_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        --nested;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (nested > 0);
  }

  void add(Token::Kind kind, size_t begin, std::string name) {
    Token token{kind, name, name, begin, at_, depth_};
    if (kind == Token::Kind::kWord) token.text = model::fold_case(name);
    tokens_.push_back(std::move(token));
  }

  void next() {
    const size_t begin = at_;
    const char c = peek();
    if (c == '"') {
      std::string name = quoted('"', false);
      return add(Token::Kind::kQuoted, begin, std::move(name));
    }
    if (c == '\'') return literal(begin, false);
    if ((c == 'e' || c == 'E') && peek(1) == '\'') {
      ++at_;
      return literal(begin, true);
    }
    if (begins_word(c)) {
      while (at_ < sql_.size() && in_word(peek())) ++at_;
      return add(Token::Kind::kWord, begin, std::string(sql_.substr(begin, at_ - begin)));
    }
    if (c == '$') return dollar(begin);
    if (c == '(' || c == '[' || c == '{') {
      ++at_;
      add(Token::Kind::kOther, begin, std::string(1, c));
      ++depth_;
      return;
    }
    if (c == ')' || c == ']' || c == '}') {
      if (--depth_ < 0) fail("parentheses do not match");
    }
    ++at_;
    if (std::isdigit(static_cast<unsigned char>(c))) {
      while (at_ < sql_.size() && (in_word(peek()) || peek() == '.')) ++at_;
    }
    add(Token::Kind::kOther, begin, std::string(sql_.substr(begin, at_ - begin)));
  }

  // Reads from the opening quote to behind the closing one; a doubled quote is one.
  std::string quoted(char quote, bool escapes) {
    std::string text;
    for (++at_; at_ < sql_.size(); ++at_) {
      if (escapes && peek() == '\\') {
        text += sql_[at_++];
      } else if (peek() == quote) {
        if (peek(1) != quote) {
          ++at_;
          return text;
        }
        ++at_;
      }
      if (at_ < sql_.size()) text += sql_[at_];
    }
    fail("a quoted text never ends");
  }
  void literal(size_t begin, bool escapes) {
    quoted('\'', escapes);
    add(Token::Kind::kOther, begin, std::string(sql_.substr(begin, at_ - begin)));
  }
  // $1, $name, or $tag$ text $tag$.
  void dollar(size_t begin) {
    ++at_;
    while (at_ < sql_.size() && in_word(peek()) && peek() != '$') ++at_;
    if (peek() == '$') {
      ++at_;
      const std::string_view tag = sql_.substr(begin, at_ - begin);
      const size_t end = sql_.find(tag, at_);
      if (end == std::string_view::npos) fail("a quoted text never ends");
      at_ = end + tag.size();
    }
    add(Token::Kind::kOther, begin, std::string(sql_.substr(begin, at_ - begin)));
  }

  const std::string_view sql_;
  size_t at_ = 0;
  int depth_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view sql) {
  std::vector<Token> tokens = Lexer(sql).run();
  while (!tokens.empty() && ends_statement(tokens.back())) tokens.pop_back();
  if (std::any_of(tokens.begin(), tokens.end(), ends_statement)) {
    throw Error(ErrorCode::kInvalidArgument, "several statements: one at a time is allowed");
  }
  tokens.push_back({Token::Kind::kEnd, "", "", sql.size(), sql.size(), 0});
  return tokens;
}

std::vector<std::string> statements_of(std::string_view sql) {
  std::vector<std::string> statements;
  std::vector<Token> tokens = Lexer(sql).run();
  tokens.push_back({Token::Kind::kOther, ";", ";", sql.size(), sql.size(), 0});
  auto begin = tokens.begin();
  for (auto end = begin; end != tokens.end(); ++end) {
    if (!ends_statement(*end)) continue;
    if (begin != end) statements.emplace_back(sql.substr(begin->begin, end->begin - begin->begin));
    begin = end + 1;
  }
  return statements;
}

}  // namespace hotload::lake
