// SPDX-License-Identifier: Apache-2.0
#include "lake/pipeline_state.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "lake/changes.h"
#include "lake/files.h"
#include "model/dlt_state.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

constexpr const char* kStates = "_dlt_pipeline_state";
constexpr const char* kVersions = "_dlt_version";
constexpr const char* kLoads = "_dlt_loads";

// As dlt makes them: seconds since 1970, which it compares as texts. Higher than `highest`, which a
// clock that went ahead may have made.
std::string new_load_id(const std::string& highest) {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%lld.%06lld", static_cast<long long>(now / 1'000'000),
                static_cast<long long>(now % 1'000'000));
  return text.data() > highest ? text.data() : highest + "1";
}

bool holds(const std::vector<TableAt>& tables, const std::string& schema, const char* name) {
  return std::any_of(tables.begin(), tables.end(), [&](const TableAt& table) {
    return model::same_name(table.schema, schema) && model::same_name(table.name, name);
  });
}

}  // namespace

bool is_pipeline_state(const std::string& table) {
  return model::same_name(table, kStates) || model::same_name(table, kVersions);
}

PipelineState::PipelineState(Lake& lake, engine::Connection& connection, const Receipt& load,
                             int64_t now)
    : lake_(lake),
      connection_(connection),
      load_(load),
      now_(now),
      states_copy_("temp.main." + model::quote_identifier("states_" + random_hex())),
      loads_copy_("temp.main." + model::quote_identifier("loads_" + random_hex())) {
  const std::string& schema = load.key.schema;
  const std::vector<TableAt> after = tables_at(connection, lake, load.snapshot);
  if (!holds(after, schema, kStates) || !holds(after, schema, kLoads)) return;
  const std::vector<TableAt> before = tables_at(connection, lake, load.snapshot - 1);
  const bool had_states = holds(before, schema, kStates) && holds(before, schema, kLoads);
  for (const engine::Row& row : connection.rows(
           "SELECT pipeline_name, arg_max(version_hash, version) FROM ducklake_table_insertions(" +
           model::quote_literal(lake.alias()) + ", " + model::quote_literal(schema) + ", " +
           model::quote_literal(kStates) + ", " + std::to_string(load.snapshot) + ", " +
           std::to_string(load.snapshot) + ") GROUP BY pipeline_name")) {
    stored_.push_back({row[0].value_or(""), row[1].value_or(""), {}, {}});
    check_current(stored_.back());
    find_before(stored_.back(), had_states);
  }
  if (stored_.empty()) return;
  connection.run("CREATE TEMP TABLE " + states_copy_ + " AS FROM " + table(kStates, load.snapshot));
  connection.run("CREATE TEMP TABLE " + loads_copy_ + " AS FROM " + table(kLoads, load.snapshot) +
                 " ORDER BY load_id DESC LIMIT 1");
}

std::string PipelineState::table(const std::string& name, int64_t snapshot) const {
  return lake_.table(load_.key.schema, name) + " AT (VERSION => " + std::to_string(snapshot) + ")";
}

std::string PipelineState::current_sql(const std::string& pipeline, int64_t snapshot) const {
  return "(SELECT s.* FROM (FROM " + table(kStates, snapshot) + ") s JOIN (FROM " +
         table(kLoads, snapshot) +
         ") l ON l.load_id = s._dlt_load_id WHERE l.status = 0 AND s.pipeline_name = " +
         model::quote_literal(pipeline) + " ORDER BY l.load_id DESC LIMIT 1)";
}

void PipelineState::check_current(const Stored& stored) {
  const std::vector<engine::Row> current = connection_.rows(
      "SELECT version_hash, _dlt_load_id FROM " + current_sql(stored.pipeline, now_));
  if (!current.empty() && current[0][0] == stored.hash) return;
  throw Error(ErrorCode::kFailedPrecondition,
              "load " + load_.key.load_id + " cannot be undone: " +
                  (current.empty() ? "the state of pipeline '" + stored.pipeline + "' is gone"
                                   : "load " + current[0][1].value_or("") +
                                         " moved the state of pipeline '" + stored.pipeline +
                                         "' on, and its rows would come twice; undo it first") +
                  "; nothing was changed");
}

void PipelineState::find_before(Stored& stored, bool had_states) {
  if (had_states) {
    const std::vector<engine::Row> found = connection_.rows(
        "SELECT state, version_hash FROM " + current_sql(stored.pipeline, load_.snapshot - 1));
    if (!found.empty()) {
      stored.before = model::dlt_state_json(found[0][0].value_or(""));
      stored.hash_before = found[0][1].value_or("");
      return;
    }
  }
  // It had loaded nothing before.
  const auto own =
      connection_.text("SELECT state FROM " + current_sql(stored.pipeline, load_.snapshot));
  stored.hash_before = "before load " + load_.key.load_id;
  stored.before =
      model::dlt_state_without_sources(model::dlt_state_json(own.value_or("")), stored.hash_before);
}

void PipelineState::write(const Stored& stored, const std::string& load_id) {
  const std::string states = lake_.table(load_.key.schema, kStates);
  const std::string same_pipeline =
      " WHERE pipeline_name = " + model::quote_literal(stored.pipeline);
  const int64_t version =
      1 + connection_.integer("SELECT max(version) FROM " + states + same_pipeline);
  connection_.run("INSERT INTO " + states + " BY NAME SELECT * REPLACE (" +
                  std::to_string(version) + " AS version, " +
                  model::quote_literal(model::dlt_state_with_version(stored.before, version)) +
                  " AS state, " + model::quote_literal(stored.hash_before) +
                  " AS version_hash, now() AS created_at, " + model::quote_literal(load_id) +
                  " AS _dlt_load_id, " + model::quote_literal(random_hex()) + " AS _dlt_id) FROM " +
                  states_copy_ + same_pipeline + " ORDER BY version DESC LIMIT 1");
}

std::vector<TableReceipt> PipelineState::take_back() {
  if (stored_.empty()) return {};
  const std::string loads = lake_.table(load_.key.schema, kLoads);
  const std::string load_id =
      new_load_id(connection_.text("SELECT max(load_id) FROM " + loads).value_or(""));
  for (const Stored& stored : stored_) write(stored, load_id);
  connection_.run("INSERT INTO " + loads + " BY NAME SELECT * REPLACE (" +
                  model::quote_literal(load_id) + " AS load_id, now() AS inserted_at) FROM " +
                  loads_copy_);
  TableReceipt states{.table = kStates};
  states.inserted = static_cast<int64_t>(stored_.size());
  TableReceipt listed{.table = kLoads};
  listed.inserted = 1;
  return {states, listed};
}

}  // namespace hotload::lake
