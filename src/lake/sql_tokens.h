// SPDX-License-Identifier: Apache-2.0
// A statement's text as the words, names and signs that the engine's lexer would see. What is read
// out of it is checked by the engine's own parser afterwards: a mistake here refuses a statement.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hotload::lake {

struct Token {
  enum class Kind { kWord, kQuoted, kOther, kEnd };  // other: literals, numbers, one-byte signs

  Kind kind = Kind::kEnd;
  std::string text;  // a word folded, a quoted name without its quotes, else as written
  std::string name;  // of words and quoted names: as written, without quotes
  size_t begin = 0;  // bytes in the statement
  size_t end = 0;
  int depth = 0;  // of parentheses, brackets and braces around it
};

// Ends with one kEnd. A semicolon at the end is left out; throws kInvalidArgument for one before,
// and for what never ends.
std::vector<Token> tokens_of(std::string_view sql);
// The statements between semicolons, without those that are empty.
std::vector<std::string> statements_of(std::string_view sql);

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace hotload::lake
