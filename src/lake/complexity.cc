// SPDX-License-Identifier: Apache-2.0
#include "lake/complexity.h"

#include <array>

#include "hotload/error.h"
#include "lake/sql_tokens.h"

namespace hotload::lake {

namespace {

// The planner's time grows with the square or the cube of these: the worst statement at one of the
// limits is planned in some seconds and in less than 100 MB. docs/server.md names them.
struct Limit {
  int64_t most;
  const char* what;
};
constexpr std::array<Limit, 5> kLimits{{{500, "SELECTs (views that it reads are counted)"},
                                        {200, "subqueries in expressions"},
                                        {64, "joins"},
                                        {3'000, "operators and calls of functions"},
                                        {1'024, "grouping sets"}}};
constexpr int64_t kMaxDepth = 250;

[[noreturn]] void refuse(int64_t most, const std::string& what) {
  throw Error(ErrorCode::kInvalidArgument,
              "the statement is too complex: more than " + std::to_string(most) + " " + what);
}

bool is_set_operation(const std::string& word) {
  return word == "union" || word == "intersect" || word == "except";
}

}  // namespace

void Complexity::check_text(std::string_view sql) {
  std::vector<Token> tokens;
  try {
    tokens = tokens_of(sql);
  } catch (const Error&) {
    return;  // the parser knows better what is wrong with it
  }
  Complexity words;
  Complexity operations;
  for (const Token& token : tokens) {
    if (token.kind != Token::Kind::kWord) continue;
    if (token.text == "select") words.add(Part::kQuery);
    if (token.text == "join") words.add(Part::kJoin);
    if (is_set_operation(token.text)) operations.add(Part::kQuery);
  }
}

void Complexity::add(Part part, int64_t count) {
  const auto index = static_cast<size_t>(part);
  const Limit& limit = kLimits.at(index);
  counts_.at(index) += count;
  if (counts_.at(index) > limit.most) refuse(limit.most, limit.what);
}

Complexity::Nested::Nested(Complexity& complexity) : depth_(complexity.depth_) {
  if (depth_ >= kMaxDepth) refuse(kMaxDepth, "operators and calls within each other");
  ++depth_;
}

}  // namespace hotload::lake
