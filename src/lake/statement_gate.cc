// SPDX-License-Identifier: Apache-2.0
#include "lake/statement_gate.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>
#include <string_view>

#include "hotload/error.h"
#include "lake/layout.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

constexpr std::array<std::string_view, 9> kRefusedFunctions{
    "ducklake_add_data_files",       "ducklake_expire_snapshots",
    "ducklake_cleanup_old_files",    "ducklake_delete_orphaned_files",
    "ducklake_merge_adjacent_files", "ducklake_rewrite_data_files",
    "ducklake_flush_inlined_data",   "ducklake_set_option",
    "ducklake_set_commit_message"};

constexpr std::array<std::string_view, 5> kSessionSettings{"schema", "search_path", "timezone",
                                                           "calendar", "time zone"};

// What stands between single quotes goes; a doubled quote closes and opens again.
std::string without_literals(const std::string& sql) {
  std::string text;
  bool inside = false;
  for (const char c : sql) {
    if (c == '\'') inside = !inside;
    if (!inside) text += c;
  }
  return text;
}

bool has_word(const std::string& text, const std::string& word) {
  const auto in_word = [&](size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_');
  };
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    if ((at == 0 || !in_word(at - 1)) && !in_word(at + word.size())) return true;
  }
  return false;
}

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
  static const std::regex setting(
      R"((^|;)\s*(re)?set\s+(session\s+|local\s+|global\s+)?([a-z_ ]+?)\s*(=|to\b|;|$|'))");
  for (auto it = std::sregex_iterator(folded.begin(), folded.end(), setting);
       it != std::sregex_iterator(); ++it) {
    const std::string name = (*it)[4].str();
    if (std::find(kSessionSettings.begin(), kSessionSettings.end(), name) ==
        kSessionSettings.end()) {
      throw Error(ErrorCode::kPermission,
                  "SET " + name + " concerns the whole engine, not a session");
    }
  }
}

void check_written_text(const std::string& sql) {
  const std::string text = without_literals(model::fold_case(sql));
  if (!has_word(text, kOwnSchema) && text.find("__ducklake_metadata_") == std::string::npos) return;
  throw Error(ErrorCode::kPermission,
              "the tables of _hotload and of the catalog are hotload's own; they are only read");
}

}  // namespace hotload::lake
