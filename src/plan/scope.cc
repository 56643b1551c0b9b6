// SPDX-License-Identifier: Apache-2.0
#include "plan/scope.h"

#include "hotload/error.h"
#include "plan/stage_relation.h"

namespace hotload::plan {
namespace {

[[noreturn]] void reject(const std::string& condition, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument,
              "condition " + condition + " " + why + "; write {{ and }} for braces of its own");
}

}  // namespace

std::string fill_placeholders(const std::string& condition,
                              const std::map<std::string, std::string>& names) {
  std::string out;
  for (size_t at = 0; at < condition.size(); ++at) {
    const char c = condition[at];
    const bool doubled = at + 1 < condition.size() && condition[at + 1] == c;
    if (c != '{' && c != '}') {
      out += c;
    } else if (doubled) {
      out += c;
      ++at;
    } else {
      const size_t end = condition.find('}', at);
      if (c == '}' || end == std::string::npos) reject(condition, "has a brace without its pair");
      const std::string name = condition.substr(at + 1, end - at - 1);
      const auto found = names.find(name);
      if (found == names.end()) reject(condition, "has an unknown placeholder {" + name + "}");
      out += found->second;
      at = end;
    }
  }
  return out;
}

std::string scope_condition(Builder& builder, const Table& root) {
  const std::string& scope = root.spec.destination_scope;
  std::string view;
  if (scope.find("{staging_table}") != std::string::npos) {
    view = builder.temp_view(root, select_staged(root.files, root.columns));
  }
  return "(" + fill_placeholders(scope, {{"table", root.qualified}, {"staging_table", view}}) + ")";
}

}  // namespace hotload::plan
