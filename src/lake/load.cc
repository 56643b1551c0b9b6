// SPDX-License-Identifier: Apache-2.0
#include "lake/load.h"

#include <algorithm>

#include "lake/commit.h"
#include "lake/failpoint.h"
#include "lake/maintain.h"
#include "lake/restricted_sql.h"
#include "lake/sql_job.h"
#include "lake/tables.h"
#include "model/identifier.h"
#include "model/schema_diff.h"
#include "plan/plan.h"

namespace hotload::lake {

namespace {

void check_key(const LoadKey& key) {
  model::check_schema_name(key.schema);
  if (key.load_id.empty() || key.load_id.size() > 1024) {
    throw Error(ErrorCode::kInvalidArgument, "a load id has 1 to 1024 characters");
  }
}

StagedFile as_staged(const Job& job) {
  return {job.table, job.job_id, job.rows(), job.size_bytes(), job.delivered};
}

template <typename T>
void append_missing(std::vector<T>& all, const std::vector<T>& more) {
  for (const T& item : more) {
    if (std::find(all.begin(), all.end(), item) == all.end()) all.push_back(item);
  }
}

}  // namespace

LakeLoad::LakeLoad(std::shared_ptr<Root> root, std::shared_ptr<Lake> lake, const LoadKey& key,
                   const LoadOptions& options)
    : root_(std::move(root)), lake_(std::move(lake)), options_(options) {
  check_key(key);
  staging_ = lake_->staging(key);
  if (!receipt()) return;
  // What a crash between the commit and its tidying has left.
  std::lock_guard lock(staging_->commit_mutex());
  staging_->clear();
}

std::optional<Receipt> LakeLoad::receipt() { return lake_->receipt(key()); }

void LakeLoad::declare(const std::vector<TableSpec>& specs) {
  if (receipt()) return;
  if (options_.restricted) {
    const std::shared_ptr<engine::Connection> connection = lake_->connect();
    for (const TableSpec& spec : specs) {
      check_outer_condition(*connection, spec.source_filter);
      check_outer_condition(*connection, spec.destination_scope);
    }
  }
  staging_->update([&](Intent& intent) {
    for (const TableSpec& spec : specs) intent.specs[spec.name] = spec;
    plan::check_specs(intent.specs);
  });
}

bool LakeLoad::publish_schema(const std::vector<RowInsert>& rows) {
  if (receipt()) return false;
  return Commit(*lake_, *staging_).publish_schema(rows);
}

void LakeLoad::drop_tables(const std::vector<std::string>& tables) {
  if (receipt()) return;
  staging_->update([&](Intent& intent) { append_missing(intent.drops, tables); });
}

void LakeLoad::truncate_tables(const std::vector<std::string>& tables) {
  if (receipt()) return;
  staging_->update([&](Intent& intent) { append_missing(intent.truncations, tables); });
}

void LakeLoad::delete_rows(const std::vector<RowDelete>& deletes) {
  if (receipt()) return;
  staging_->update([&](Intent& intent) { append_missing(intent.deletes, deletes); });
}

void LakeLoad::insert_rows(const std::vector<RowInsert>& rows) {
  if (receipt()) return;
  // A caller that repeats a step after a crash means the same rows, not more of them.
  staging_->update([&](Intent& intent) { append_missing(intent.inserts, rows); });
}

void LakeLoad::run_sql(const SqlJob& job) {
  if (receipt()) return;
  Intent seen = *staging_->intent();
  seen.outer_sql |= options_.restricted;
  check_sql_job(*lake_->connect(), *lake_, seen, job);
  staging_->update([&](Intent& intent) {
    intent.outer_sql |= options_.restricted;
    const bool known = std::any_of(intent.sql.begin(), intent.sql.end(),
                                   [&](const SqlJob& one) { return one.job_id == job.job_id; });
    if (!known) intent.sql.push_back(job);
  });
}

StageTarget LakeLoad::target(engine::Connection& connection, const std::string& table) const {
  const std::shared_ptr<const Intent> intent = staging_->intent();
  const auto spec = intent->specs.find(table);
  const bool dropped =
      std::find(intent->drops.begin(), intent->drops.end(), table) != intent->drops.end();
  std::vector<Column> live;
  if (!dropped) {
    std::vector<std::string> wanted{table};
    for (const auto& [name, other] : intent->specs) wanted.push_back(name);
    live = lake_->live_columns().of(connection, *lake_, key().schema, table, wanted);
  }
  if (spec == intent->specs.end() && live.empty()) {
    throw Error(ErrorCode::kNotFound, "table '" + table + "' of schema '" + key().schema +
                                          "' neither exists nor is declared in load " +
                                          key().load_id);
  }
  if (spec == intent->specs.end()) return {table, std::move(live)};
  const model::SchemaDiff diff = model::diff_schema(live, spec->second.columns);
  model::require_no_mismatch(diff, table);
  const bool is_new = live.empty();
  StageTarget target{table, model::apply_diff(std::move(live), diff)};
  for (Column& column : target.columns) {
    // A column that is added to rows cannot be NOT NULL; one of a new table can.
    if (is_new) column.nullable = model::find_column(spec->second.columns, column.name)->nullable;
  }
  return target;
}

template <typename Stage>
StagedFile LakeLoad::stage(const std::string& table, const std::string& job_id, Stage run) {
  model::check_table_name(table);
  if (auto committed = receipt()) return {table, job_id, 0, 0, false};
  if (auto known = staging_->job(table, job_id)) return as_staged(*known);
  staging_->begin();
  std::shared_ptr<engine::Connection> connection = lake_->connect();
  StageTarget wanted = target(*connection, table);
  const bool inferred = wanted.columns.empty();
  Stager stager(connection, *staging_, std::move(wanted), job_id);
  const Job job = run(stager);
  if (inferred) {
    staging_->update([&](Intent& intent) { intent.specs[table].columns = stager.columns(); });
  }
  staging_->add(job);
  return as_staged(job);
}

StagedFile LakeLoad::stage_file(const std::string& table, const std::string& job_id,
                                const std::string& path, const StageOptions& options) {
  return stage(table, job_id, [&](Stager& stager) { return stager.stage_file(path, options); });
}

StagedFile LakeLoad::stage_stream(const std::string& table, const std::string& job_id,
                                  ArrowStream stream) {
  return stage(table, job_id,
               [&](Stager& stager) { return stager.stage_stream(std::move(stream)); });
}

std::vector<StagedFile> LakeLoad::staged() {
  std::vector<StagedFile> files;
  for (const Job& job : staging_->jobs()) files.push_back(as_staged(job));
  return files;
}

std::vector<Column> LakeLoad::file_columns(const std::string& path, const StageOptions& options) {
  staging_->begin();
  return Stager(lake_->connect(), *staging_, {"", {}}, "columns of " + path)
      .columns_of(path, options);
}

Receipt LakeLoad::commit() {
  const Receipt receipt = Commit(*lake_, *staging_).run();
  maintain_after_commit(*lake_, receipt.snapshot);
  return receipt;
}

void LakeLoad::abort() {
  std::lock_guard lock(staging_->commit_mutex());
  staging_->clear();
}

}  // namespace hotload::lake
