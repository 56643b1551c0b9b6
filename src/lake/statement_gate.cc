// SPDX-License-Identifier: Apache-2.0
#include "lake/statement_gate.h"

#include <algorithm>
#include <array>
#include <regex>
#include <string_view>

#include "hotload/error.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

constexpr std::array<std::string_view, 9> kRefusedFunctions{
    "ducklake_add_data_files",    "ducklake_expire_snapshots", "ducklake_cleanup_old_files",
    "ducklake_delete_orphaned_files", "ducklake_merge_adjacent_files",
    "ducklake_rewrite_data_files", "ducklake_flush_inlined_data", "ducklake_set_option",
    "ducklake_set_commit_message"};

constexpr std::array<std::string_view, 5> kSessionSettings{"schema", "search_path", "timezone",
                                                           "calendar", "time zone"};

}  // namespace

TransactionWord transaction_word(const std::string& sql) {
  static const std::regex pattern(
      R"(^\s*(begin|start|commit|end|rollback|abort)(\s+(transaction|work))?\s*;?\s*$)",
      std::regex::icase);
  std::smatch match;
  if (sql.size() > 64 || !std::regex_match(sql, match, pattern)) return TransactionWord::kNone;
  const std::string word = model::fold_case(match[1].str());
  if (word == "begin" || word == "start") return TransactionWord::kBegin;
  if (word == "commit" || word == "end") return TransactionWord::kCommit;
  return TransactionWord::kRollback;
}

void check_text(const std::string& sql) {
  const std::string folded = model::fold_case(sql);
  for (const std::string_view name : kRefusedFunctions) {
    if (folded.find(name) == std::string::npos) continue;
    throw Error(ErrorCode::kPermission,
                std::string(name) + " changes the lake behind hotload's back; use its own calls");
  }
  static const std::regex setting(R"((^|;)\s*(re)?set\s+(session\s+|local\s+|global\s+)?([a-z_ ]+?)\s*(=|to\b|;|$|'))");
  for (auto it = std::sregex_iterator(folded.begin(), folded.end(), setting);
       it != std::sregex_iterator(); ++it) {
    const std::string name = (*it)[4].str();
    if (std::find(kSessionSettings.begin(), kSessionSettings.end(), name) == kSessionSettings.end()) {
      throw Error(ErrorCode::kPermission, "SET " + name + " concerns the whole engine, not a session");
    }
  }
}

}  // namespace hotload::lake
