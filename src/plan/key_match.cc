// SPDX-License-Identifier: Apache-2.0
#include "plan/key_match.h"

#include "model/identifier.h"
#include "plan/stage_relation.h"

namespace hotload::plan {
namespace {

std::string combined(const std::string& left, const char* word, const std::string& right) {
  if (left.empty() || right.empty()) return left + right;
  return "(" + left + ")" + word + "(" + right + ")";
}

}  // namespace

std::string key_in(const std::vector<std::string>& key, const std::string& source) {
  const std::string names = name_list(key);
  const std::string tuple = key.size() == 1 ? names : "(" + names + ")";
  return tuple + " IN (SELECT " + names + " FROM (" + source + "))";
}

std::string column_in(const std::string& column, const std::string& source_column,
                      const std::string& source) {
  return model::quote_identifier(column) + " IN (SELECT " + model::quote_identifier(source_column) +
         " FROM (" + source + "))";
}

std::string is_not_true(const std::string& condition) { return "(" + condition + ") IS NOT TRUE"; }

std::string no_match(const std::string& target, const std::vector<std::string>& key,
                     const std::string& more_condition) {
  std::string equal;
  for (const std::string& column : key) {
    const std::string name = model::quote_identifier(column);
    equal += (equal.empty() ? "" : " AND ") + ("t." + name) + " = b." + name;
  }
  return "NOT EXISTS (SELECT 1 FROM " + target + " AS t WHERE " + both(equal, more_condition) + ")";
}

std::string either(const std::string& left, const std::string& right) {
  return combined(left, " OR ", right);
}

std::string both(const std::string& left, const std::string& right) {
  return combined(left, " AND ", right);
}

}  // namespace hotload::plan
