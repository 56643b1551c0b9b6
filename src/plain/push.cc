// SPDX-License-Identifier: Apache-2.0
#include "plain/push.h"

#include <algorithm>
#include <array>
#include <map>

#include "model/identifier.h"
#include "model/json_reader.h"

namespace hotload::plain {

using model::fold_case;
using model::same_name;

namespace {

constexpr std::array kModes{"append", "replace", "upsert", "delete", "drop"};
constexpr const char* kOwnTables = "_dlt_";

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& one) { return same_name(one, name); });
}

class Planner {
 public:
  Planner(const Intent& intent, const std::set<std::string>& loaded)
      : intent_(intent), loaded_(loaded) {
    for (const auto& [name, spec] : intent.specs) chains_[root_of(spec).name].push_back(&spec);
  }

  std::vector<Push> run() {
    for (const auto& [name, spec] : intent_.specs) add(name);
    for (const auto* names :
         {&intent_.staged, &intent_.truncations, &intent_.literal_tables, &intent_.drops}) {
      for (const std::string& name : *names) add(name);
    }
    for (const RowDelete& row : intent_.deletions) add(row.table);
    std::stable_sort(pushes_.begin(), pushes_.end(),
                     [](const Push& a, const Push& b) { return a.phase < b.phase; });
    return std::move(pushes_);
  }

 private:
  const TableSpec& root_of(const TableSpec& spec) const {
    const TableSpec* at = &spec;
    while (!at->parent.empty()) {
      const TableSpec* parent = find_spec(intent_, at->parent);
      if (parent == nullptr) break;
      at = parent;
    }
    return *at;
  }

  // Whether rows come for the table or one of its chain.
  bool chain_is_staged(const TableSpec& root) const {
    const std::vector<const TableSpec*>& chain = chains_.at(root.name);
    return std::any_of(chain.begin(), chain.end(),
                       [&](const TableSpec* spec) { return holds(intent_.staged, spec->name); });
  }

  // Whether the server's own upsert does what the plan would.
  bool is_plain_upsert(const TableSpec& spec) const {
    return spec.strategy == MergeStrategy::kUpsert && chains_.at(spec.name).size() == 1 &&
           spec.merge_key.empty() && spec.hard_delete.empty() && spec.source_filter.empty() &&
           spec.destination_scope.empty() && !spec.skip_unchanged &&
           !holds(intent_.literal_tables, spec.name);
  }

  std::vector<const RowDelete*> deletions_of(const std::string& table) const {
    std::vector<const RowDelete*> deletions;
    for (const RowDelete& row : intent_.deletions) {
      if (same_name(row.table, table)) deletions.push_back(&row);
    }
    return deletions;
  }

  // By the server where nothing else happens to the table and one column tells.
  void set_deletions(Push& push, const std::vector<const RowDelete*>& deletions) const {
    const std::string& column = deletions[0]->column;
    const bool one_column =
        std::all_of(deletions.begin(), deletions.end(),
                    [&](const RowDelete* row) { return same_name(row->column, column); });
    const bool alone = find_spec(intent_, push.table) == nullptr &&
                       !holds(intent_.staged, push.table) &&
                       !holds(intent_.literal_tables, push.table);
    if (!push.exists || !one_column || !alone) {
      push.mode = PushMode::kReplace;
      push.pull = push.exists;
      return;
    }
    push.mode = PushMode::kDelete;
    push.key = {column};
    for (const RowDelete* row : deletions) push.values.push_back(row->value);
  }

  void set_mode(Push& push) const {
    const TableSpec* spec = find_spec(intent_, push.table);
    const bool refilled = spec != nullptr || holds(intent_.staged, push.table) ||
                          holds(intent_.literal_tables, push.table);
    if (holds(intent_.drops, push.table)) {
      push.mode = refilled ? PushMode::kReplace : PushMode::kDrop;
      return;
    }
    const TableSpec* root = spec == nullptr ? nullptr : &root_of(*spec);
    const bool staged = root != nullptr && chain_is_staged(*root);
    const bool emptied = holds(intent_.truncations, push.table) ||
                         (staged && root->disposition == Disposition::kReplace);
    const std::vector<const RowDelete*> deletions = deletions_of(push.table);
    if (emptied) {
      push.mode = PushMode::kReplace;
    } else if (!deletions.empty()) {
      set_deletions(push, deletions);
    } else if (staged && root->disposition == Disposition::kMerge) {
      const bool by_server = root == spec && is_plain_upsert(*spec);
      push.mode = by_server ? PushMode::kUpsert : PushMode::kReplace;
      push.pull = !by_server && push.exists;
      if (by_server) push.key = spec->primary_key;
    }
  }

  void add(const std::string& name) {
    const bool known = std::any_of(pushes_.begin(), pushes_.end(),
                                   [&](const Push& push) { return same_name(push.table, name); });
    if (known) return;
    Push push;
    push.table = name;
    push.exists = loaded_.contains(fold_case(name));
    set_mode(push);
    const auto& literal = intent_.literal_tables;
    const auto at = std::find_if(literal.begin(), literal.end(),
                                 [&](const std::string& one) { return same_name(one, name); });
    if (at != literal.end()) {
      push.phase = 2 + (at - literal.begin());
    } else if (push.mode == PushMode::kDrop || fold_case(name).starts_with(kOwnTables)) {
      push.phase = 1;
    }
    pushes_.push_back(std::move(push));
  }

  const Intent& intent_;
  const std::set<std::string>& loaded_;
  std::map<std::string, std::vector<const TableSpec*>> chains_;
  std::vector<Push> pushes_;
};

}  // namespace

const char* to_string(PushMode mode) { return kModes[static_cast<size_t>(mode)]; }

std::vector<Push> plan_pushes(const Intent& intent, const std::set<std::string>& loaded) {
  return Planner(intent, loaded).run();
}

boost::json::object to_json(const Push& push) {
  return {{"table", push.table},
          {"mode", to_string(push.mode)},
          {"key", model::json_texts(push.key)},
          {"values", model::json_texts(push.values)},
          {"pull", push.pull},
          {"exists", push.exists},
          {"phase", push.phase},
          {"columns_before", push.columns_before},
          {"rows_before", push.rows_before},
          {"upload_id", push.upload_id},
          {"rows_after", push.rows_after},
          {"done", push.done}};
}

Push push_from_json(const boost::json::value& value, const std::string& path) {
  model::JsonReader reader(value, path);
  Push push;
  push.table = reader.text("table");
  push.mode = reader.word("mode", kModes, PushMode::kAppend);
  push.key = reader.texts("key");
  push.values = reader.texts("values");
  push.pull = reader.boolean("pull", false);
  push.exists = reader.boolean("exists", false);
  push.phase = reader.integer("phase", 0);
  push.columns_before = reader.integer("columns_before", 0);
  push.rows_before = reader.integer("rows_before", 0);
  push.upload_id = reader.text("upload_id", "");
  push.rows_after = reader.integer("rows_after", 0);
  push.done = reader.boolean("done", false);
  return push;
}

}  // namespace hotload::plain
