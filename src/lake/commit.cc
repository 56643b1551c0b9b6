// SPDX-License-Identifier: Apache-2.0
#include "lake/commit.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "lake/engine_files.h"
#include "lake/failpoint.h"
#include "lake/nan_files.h"
#include "lake/relation.h"
#include "lake/rewrite.h"
#include "lake/root.h"
#include "lake/sql_job.h"
#include "lake/tables.h"
#include "lake/unique_keys.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

std::string who(const LoadKey& key) { return "load " + key.load_id + " of " + key.schema; }

bool alters_tables(const std::vector<plan::Step>& steps) {
  return std::any_of(steps.begin(), steps.end(),
                     [](const plan::Step& step) { return step.kind == plan::StepKind::kSchema; });
}

}  // namespace

int64_t Commit::schema_version(engine::Connection& connection) const {
  return connection.integer("SELECT max(schema_version) FROM " +
                            lake_.metadata("ducklake_snapshot"));
}

plan::Input Commit::gather(engine::Connection& connection, bool with_files) {
  intent_ = staging_.intent();
  const Intent& intent = *intent_;
  plan::Input input;
  input.catalog = lake_.alias();
  input.schema = intent.key.schema;
  input.scratch_dir = staging_.scratch_folder();
  input.load_time = now_utc();
  input.adopt_from_bytes = lake_.root().options().adopt_from_bytes;
  input.specs = intent.specs;
  input.drops = intent.drops;
  if (with_files) {
    input.truncations = intent.truncations;
    input.deletes = intent.deletes;
    input.inserts = intent.inserts;
    for (const Job& job : staging_.jobs()) {
      for (const JobFile& file : job.files) {
        input.staged[job.table].push_back({staging_.jobs_folder() / file.name, file.rows,
                                           file.size_bytes, file.columns, job.delivered});
      }
    }
  }
  std::set<std::string> names;
  for (const auto& [name, spec] : input.specs) names.insert(name);
  for (const auto& [name, files] : input.staged) names.insert(name);
  names.insert(input.drops.begin(), input.drops.end());
  names.insert(input.truncations.begin(), input.truncations.end());
  for (const RowDelete& row : input.deletes) names.insert(row.table);
  for (const RowInsert& row : input.inserts) names.insert(row.table);
  input.live = live_tables(connection, lake_, input.schema, {names.begin(), names.end()});
  return input;
}

std::optional<std::vector<plan::Step>> Commit::schema_steps(engine::Connection& connection,
                                                            const std::vector<RowInsert>& rows) {
  plan::Input input = gather(connection, false);
  if (!input.drops.empty()) return std::nullopt;
  input.inserts = rows;
  for (const RowInsert& row : rows) {
    for (auto& item : live_tables(connection, lake_, input.schema, {row.table})) {
      input.live.insert(std::move(item));
    }
  }
  return plan::make_schema_plan(input);
}

bool Commit::publish_schema(const std::vector<RowInsert>& rows) {
  std::lock_guard lock(staging_.commit_mutex());
  std::shared_ptr<engine::Connection> connection = lake_.connect();
  const int64_t version = schema_version(*connection);
  std::optional<std::vector<plan::Step>> steps = schema_steps(*connection, rows);
  if (!steps) return false;
  if (steps->empty()) return true;
  Transaction transaction(lake_, who(staging_.key()), connection);
  // Another load may have created the same tables since they were looked at.
  if (schema_version(*connection) != version) steps = schema_steps(*connection, rows);
  transaction.pin_schema();
  for (const plan::Step& step : *steps) connection->run(step.sql);
  transaction.describe("schema of " + who(staging_.key()), "");
  failpoint("publish.ready");
  transaction.commit();
  failpoint("publish.done");
  return true;
}

Receipt Commit::run() {
  std::lock_guard lock(staging_.commit_mutex());
  if (auto done = lake_.receipt(staging_.key())) {
    staging_.clear();
    return *done;
  }
  staging_.begin();
  std::shared_ptr<engine::Connection> connection = lake_.connect();
  std::optional<std::map<std::string, plan::StagedFacts>> facts;
  while (true) {
    const int64_t version = schema_version(*connection);
    plan::Input input = gather(*connection, true);
    if (!facts) facts = find_facts(*connection, input);
    input.facts = *facts;
    plan_ = plan::make_plan(input);
    failpoint("commit.planned");
    if (!plan_.widen.empty()) {
      widen(connection, version);
      continue;
    }
    prepare(*connection);
    failpoint("commit.prepared");
    Transaction transaction(lake_, who(staging_.key()), connection);
    // Another load may have changed the tables since they were looked at.
    if (schema_version(*connection) != version) continue;
    const Receipt receipt = publish(transaction);
    lake_.remember(receipt);
    staging_.clear();
    failpoint("commit.cleared");
    return receipt;
  }
}

std::map<std::string, plan::StagedFacts> Commit::find_facts(engine::Connection& connection,
                                                            const plan::Input& input) {
  std::map<std::string, plan::StagedFacts> facts;
  for (const auto& [table, sql] : plan::fact_queries(input)) {
    const engine::Row row = connection.rows(sql).at(0);
    facts[table] = {row.at(0) == "true", row.at(1) == "true"};
  }
  return facts;
}

void Commit::widen(const std::shared_ptr<engine::Connection>& connection, int64_t version) {
  Transaction transaction(lake_, who(staging_.key()), connection);
  if (schema_version(*connection) != version) return;
  transaction.pin_schema();
  for (const plan::Step& step : plan_.widen) {
    if (step.kind == plan::StepKind::kRewrite) {
      rewrite_table(transaction, lake_, staging_.key().schema, step.table, step.columns);
    } else {
      connection->run(step.sql);
    }
  }
  transaction.describe("schema of " + who(staging_.key()), "");
  transaction.commit();
  failpoint("commit.widened");
}

void Commit::prepare(engine::Connection& connection) {
  written_rows_.clear();
  remove_quietly(staging_.scratch_folder());
  make_directories(staging_.scratch_folder());
  for (const plan::Step& step : plan_.prepare) run_step(connection, step);
}

Receipt Commit::publish(Transaction& transaction) {
  engine::Connection& connection = transaction.connection();
  const std::string& schema = staging_.key().schema;
  const std::string first_file = first_file_name(std::chrono::system_clock::now());
  table_folders_.emplace(connection, lake_, schema);
  partitioned_ = partitioned_tables(connection, lake_, schema);
  for (const auto& [name, spec] : intent_->specs) {
    if (!spec.partition.empty()) partitioned_.insert(model::fold_case(name));
  }
  const bool one_group = may_write_nan();
  if (one_group) write_one_row_group(connection, lake_, true);
  failpoint("commit.begun");
  if (alters_tables(plan_.publish)) transaction.pin_schema();
  for (const plan::Step& step : plan_.publish) {
    run_step(connection, step);
    failpoint("commit.step");
  }
  for (const auto& [table, folder] : folders_) {
    if (folder) sync_directory(*folder);
  }
  failpoint("commit.stepped");
  const std::set<std::string> by_sql = run_sql(transaction);
  if (one_group) write_one_row_group(connection, lake_, false);
  Receipt receipt{staging_.key(), transaction.next_snapshot(), now_utc(), {}};
  for (const auto& [name, rows] : replaced_) {
    // Where the target held a key twice, more rows went than came again.
    TableReceipt& table = tables_[name];
    const int64_t again = std::min(rows, table.inserted);
    table.updated += again;
    table.inserted -= again;
    table.deleted += rows - again;
  }
  for (auto& [name, table] : tables_) {
    table.table = name;
    const bool has_new_rows = table.inserted + table.updated > 0;
    if (const auto folder = has_new_rows ? folder_for(name) : std::nullopt) {
      const WrittenFiles written = written_since(*folder, first_file);
      table.files += written.files;
      table.size_bytes += written.size_bytes;
    }
    receipt.tables.push_back(table);
  }
  transaction.record(receipt, key_promises(*intent_, staging_.jobs(), by_sql));
  failpoint("commit.recorded");
  transaction.commit();
  return receipt;
}

bool Commit::may_write_nan() const {
  if (!intent_->sql.empty()) return true;
  for (const auto& [name, spec] : intent_->specs) {
    // It ends versions by rewriting their rows.
    const bool rewrites =
        spec.disposition == Disposition::kMerge && spec.strategy == MergeStrategy::kScd2;
    const auto planned = plan_.columns.find(name);
    if (rewrites && planned != plan_.columns.end() && !float_columns(planned->second).empty()) {
      return true;
    }
  }
  const std::vector<Job> jobs = staging_.jobs();
  return std::any_of(jobs.begin(), jobs.end(), [](const Job& job) {
    return std::any_of(job.files.begin(), job.files.end(), [](const JobFile& file) {
      return file.nan && !float_columns(file.columns).empty();
    });
  });
}

std::set<std::string> Commit::run_sql(Transaction& transaction) {
  if (intent_->sql.empty()) return {};
  const std::string& schema = staging_.key().schema;
  std::vector<std::string> tables;
  for (const auto& [name, columns] : live_tables(transaction.connection(), lake_, schema, {})) {
    tables.push_back(name);
  }
  for (const auto& [name, spec] : intent_->specs) tables.push_back(name);
  run_sql_jobs(transaction, lake_, *intent_);
  return tables_in_text(intent_->sql, tables);
}

void Commit::run_step(engine::Connection& connection, const plan::Step& step) {
  if (step.kind == plan::StepKind::kAdopt) return adopt(connection, step);
  if (step.kind == plan::StepKind::kWrite) {
    written_rows_[step.path] = connection.run(
        "COPY (" + step.sql + ") TO " + model::quote_literal(step.path) + " (FORMAT parquet)");
    return;
  }
  count(step, connection.run(step.sql));
}

void Commit::count(const plan::Step& step, int64_t rows) {
  if (step.count == plan::Count::kNone) return;
  TableReceipt& table = tables_[step.table];
  switch (step.count) {
    case plan::Count::kNone:
      break;
    case plan::Count::kInserted:
      table.inserted += rows;
      break;
    case plan::Count::kTruncated:
      table.truncated = true;
      table.deleted += rows;
      break;
    case plan::Count::kDeleted:
      table.deleted += rows;
      break;
    case plan::Count::kReplaced:
      replaced_[step.table] += rows;
      break;
    case plan::Count::kUpdated:
      table.updated += rows;
      break;
    case plan::Count::kCreated:
      table.created = true;
      break;
    case plan::Count::kDropped:
      table.dropped = true;
      break;
  }
}

bool Commit::made_here(const fs::path& file) const {
  return file.parent_path() == staging_.scratch_folder();
}

std::optional<fs::path> Commit::folder_for(const std::string& table) {
  const auto [known, is_new] = folders_.try_emplace(table);
  if (!is_new) return known->second;
  const std::vector<std::string>& drops = intent_->drops;
  const bool dropped = std::find(drops.begin(), drops.end(), table) != drops.end();
  if (const auto folder = table_folders_->of(table, !dropped)) {
    known->second = (lake_.data_folder() / *folder).parent_path();
    make_directories(*known->second);
  }
  return known->second;
}

void Commit::insert_file(engine::Connection& connection, const plan::Step& step, int64_t rows) {
  connection.run("INSERT INTO " + lake_.table(staging_.key().schema, step.table) +
                 " BY NAME FROM " + parquet_relation(step.path));
  tables_[step.table].inserted += rows;
}

bool Commit::is_complete(const std::string& table, const std::vector<Column>& columns) const {
  const std::vector<Column>& all = plan_.columns.at(table);
  return std::all_of(all.begin(), all.end(), [&](const Column& wanted) {
    const Column* found = model::find_column(columns, wanted.name);
    const bool nested = wanted.type.ends_with(']') || wanted.type.starts_with("STRUCT") ||
                        wanted.type.starts_with("MAP");
    return found != nullptr && (!nested || found->type == wanted.type);
  });
}

bool Commit::holds_forbidden_null(engine::Connection& connection, const plan::Step& step) const {
  std::string required;
  bool checked = true;
  const std::vector<Job> jobs = staging_.jobs();
  for (const Column& column : plan_.columns.at(step.table)) {
    if (column.nullable) continue;
    required += (required.empty() ? "" : ", ") + model::quote_identifier(column.name);
    for (const Job& job : jobs) {
      if (job.table != step.table) continue;
      for (const JobFile& file : job.files) {
        checked &= std::any_of(file.no_null.begin(), file.no_null.end(), [&](const auto& name) {
          return model::same_name(name, column.name);
        });
      }
    }
  }
  if (required.empty() || checked) return false;
  return connection.text("SELECT bool_or(hotload_any_null(" + required + ")) FROM " +
                         parquet_relation(step.path)) == "true";
}

void Commit::adopt(engine::Connection& connection, const plan::Step& step) {
  const fs::path source = step.path;
  const int64_t rows = step.rows >= 0 ? step.rows : written_rows_.at(step.path);
  if (rows == 0) return;
  if (partitioned_.contains(model::fold_case(step.table)) || !folder_for(step.table) ||
      !is_complete(step.table, step.columns) || holds_forbidden_null(connection, step)) {
    return insert_file(connection, step, rows);
  }
  if (made_here(source) && holds_nan(connection, parquet_relation(source), step.columns)) {
    const fs::path stem = source.parent_path() / source.stem();
    for (const JobFile& part : split_by_row_group(connection, source, stem)) {
      adopt_file(connection, step, source.parent_path() / part.name, part.rows);
    }
    return;
  }
  adopt_file(connection, step, source, rows);
}

void Commit::adopt_file(engine::Connection& connection, const plan::Step& step,
                        const fs::path& file, int64_t rows) {
  const fs::path own = *folder_for(step.table) /
                       (Staging::folder_name(staging_.key()) + "-" + std::to_string(next_file_++) +
                        "-" + random_hex().substr(0, 8) + ".parquet");
  link_or_copy(file, own);
  // Staged files were synced when they were staged; the folder is synced before the commit.
  if (made_here(file)) sync_file(own);
  failpoint("commit.linked");
  connection.run("CALL ducklake_add_data_files(" + model::quote_literal(lake_.alias()) + ", " +
                 model::quote_literal(step.table) + ", " + model::quote_literal(own.string()) +
                 ", schema => " + model::quote_literal(staging_.key().schema) +
                 ", allow_missing => true)");
  failpoint("commit.adopted");
  TableReceipt& table = tables_[step.table];
  table.inserted += rows;
  table.files += 1;
  table.size_bytes += static_cast<int64_t>(fs::file_size(own));
  table.adopted += step.adopted ? 1 : 0;
}

}  // namespace hotload::lake
