// SPDX-License-Identifier: Apache-2.0
#include "lake/unique_keys.h"

#include <algorithm>
#include <map>
#include <set>

#include "lake/layout.h"
#include "model/identifier.h"
#include "model/json_reader.h"

namespace hotload::lake {

namespace {

std::vector<std::string> promised_key(const TableSpec& spec) {
  const bool unique = spec.disposition == Disposition::kMerge &&
                      spec.strategy != MergeStrategy::kScd2 && spec.parent.empty();
  return unique ? spec.primary_key : std::vector<std::string>();
}

Promise promise_from_json(const boost::json::value& value, const std::string& path) {
  model::JsonReader reader(value, path);
  Promise promise;
  promise.table = reader.text("table");
  promise.key = reader.texts("key");
  promise.fresh = reader.boolean("fresh", false);
  promise.rows = reader.boolean("rows", false);
  return promise;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string promises_to_text(const std::vector<Promise>& promises) {
  boost::json::array tables;
  for (const Promise& promise : promises) {
    tables.push_back(boost::json::object{{"table", promise.table},
                                         {"key", model::json_texts(promise.key)},
                                         {"fresh", promise.fresh},
                                         {"rows", promise.rows}});
  }
  return boost::json::serialize(boost::json::object{{"tables", tables}});
}

std::string key_promises(const Intent& intent, const std::vector<Job>& jobs,
                         const std::set<std::string>& by_sql) {
  std::set<std::string> with_rows;
  std::set<std::string> inserted = by_sql;  // which nobody compares with what is there
  for (const Job& job : jobs) {
    if (job.rows() > 0) with_rows.insert(job.table);
  }
  for (const RowInsert& row : intent.inserts) inserted.insert(row.table);
  std::set<std::string> tables = with_rows;
  tables.insert(inserted.begin(), inserted.end());
  tables.insert(intent.drops.begin(), intent.drops.end());
  tables.insert(intent.truncations.begin(), intent.truncations.end());
  std::vector<Promise> promises;
  for (const std::string& table : tables) {
    const auto spec = intent.specs.find(table);
    const bool known = spec != intent.specs.end();
    const bool replaced = known && spec->second.disposition == Disposition::kReplace;
    Promise promise{.table = table, .key = {}};
    if (known && !inserted.contains(table)) promise.key = promised_key(spec->second);
    promise.fresh =
        replaced || contains(intent.drops, table) || contains(intent.truncations, table);
    promise.rows = with_rows.contains(table) || inserted.contains(table);
    promises.push_back(std::move(promise));
  }
  return promises_to_text(promises);
}

std::vector<UniqueKey> fold_promises(const std::vector<PromisedKeys>& loads) {
  std::map<std::pair<std::string, std::string>, UniqueKey> states;  // by folded names
  for (const PromisedKeys& load : loads) {
    const boost::json::value parsed = model::parse_json(load.text);
    model::JsonReader reader(parsed, "keys");
    for (const Promise& promise : reader.list("tables", promise_from_json)) {
      const auto name = std::pair(model::fold_case(load.schema), model::fold_case(promise.table));
      if (promise.fresh) states.erase(name);
      if (!promise.rows) continue;
      const UniqueKey now{load.schema, promise.table, promise.key};
      const auto [state, first] = states.try_emplace(name, now);
      if (!first && state->second.columns != promise.key) state->second.columns.clear();
    }
  }
  std::vector<UniqueKey> keys;
  for (auto& [name, key] : states) {
    if (!key.columns.empty()) keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<UniqueKey> unique_keys(engine::Connection& connection, const Lake& lake,
                                   int64_t snapshot) {
  std::vector<PromisedKeys> loads;
  for (const engine::Row& row :
       connection.rows("SELECT \"schema\", keys FROM " + lake.table(kOwnSchema, "receipts") +
                       " AT (VERSION => " + std::to_string(snapshot) +
                       ") WHERE keys IS NOT NULL ORDER BY snapshot")) {
    loads.push_back({row[0].value_or(""), row[1].value_or("")});
  }
  return fold_promises(loads);
}

}  // namespace hotload::lake
