// SPDX-License-Identifier: Apache-2.0
#include "plain/load.h"

#include <algorithm>

#include "hotload/error.h"
#include "lake/files.h"
#include "model/identifier.h"
#include "model/short_hash.h"
#include "model/table_spec_json.h"
#include "plain/commit.h"
#include "plain/unsupported.h"

namespace hotload::plain {

PlainLoad::PlainLoad(std::shared_ptr<Target> target, std::shared_ptr<Package> package)
    : target_(std::move(target)), package_(std::move(package)) {}

bool PlainLoad::may_change() { return !receipt() && !package_->is_sealed(); }

void PlainLoad::declare(const std::vector<TableSpec>& specs) {
  if (!may_change()) return;
  package_->scratch()->load().declare(specs);
  package_->update([&](Intent& intent) {
    for (const TableSpec& spec : specs) intent.specs[spec.name] = spec;
  });
}

// A load of its own, of the declared tables alone.
bool PlainLoad::publish_schema(const std::vector<RowInsert>& rows) {
  if (!may_change()) return false;
  const Intent intent = package_->intent();
  if (!intent.drops.empty()) return false;
  std::vector<TableSpec> specs;
  std::string content;
  for (const auto& [name, declared] : intent.specs) {
    TableSpec spec;
    spec.name = name;
    spec.columns = declared.columns;
    spec.partition = declared.partition;
    spec.sort = declared.sort;
    content += boost::json::serialize(model::to_json(spec));
    specs.push_back(std::move(spec));
  }
  for (const RowInsert& row : rows) content += boost::json::serialize(model::to_json(row));
  const LoadKey key{this->key().schema, this->key().schema_name,
                    this->key().load_id + "/schema/" + model::short_hash(content)};
  PlainLoad schema(target_, Package::open(target_->home, key));
  schema.declare(specs);
  schema.insert_rows(rows);
  schema.commit();
  return true;
}

void PlainLoad::drop_tables(const std::vector<std::string>& tables) {
  if (!may_change()) return;
  package_->scratch()->load().drop_tables(tables);
  package_->update([&](Intent& intent) {
    for (const std::string& table : tables) add_names(intent.drops, table);
  });
}

void PlainLoad::truncate_tables(const std::vector<std::string>& tables) {
  if (!may_change()) return;
  package_->scratch()->load().truncate_tables(tables);
  package_->update([&](Intent& intent) {
    for (const std::string& table : tables) add_names(intent.truncations, table);
  });
}

void PlainLoad::delete_rows(const std::vector<RowDelete>& deletes) {
  if (!may_change()) return;
  package_->scratch()->load().delete_rows(deletes);
  package_->update([&](Intent& intent) {
    intent.deletions.insert(intent.deletions.end(), deletes.begin(), deletes.end());
  });
}

void PlainLoad::insert_rows(const std::vector<RowInsert>& rows) {
  if (rows.empty() || !may_change()) return;
  package_->scratch()->load().insert_rows(rows);
  package_->update([&](Intent& intent) {
    for (const RowInsert& row : rows) add_names(intent.literal_tables, row.table);
  });
}

void PlainLoad::run_sql(const SqlJob& job) { throw unsupported("SQL of job " + job.job_id); }

template <typename Stage>
StagedFile PlainLoad::stage(const std::string& table, const std::string& job_id, Stage run) {
  model::check_table_name(table);
  if (!may_change()) return {table, job_id, 0, 0, false};
  const Intent intent = package_->intent();
  std::vector<std::string> tables{table};
  for (const auto& [name, spec] : intent.specs) add_names(tables, name);
  bring_columns(*target_, *package_, tables);
  const StagedFile staged = run(package_->scratch()->load());
  if (std::find(intent.staged.begin(), intent.staged.end(), table) == intent.staged.end()) {
    package_->update([&](Intent& changed) { add_names(changed.staged, table); });
  }
  return staged;
}

StagedFile PlainLoad::stage_file(const std::string& table, const std::string& job_id,
                                 const std::string& path, const StageOptions& options) {
  return stage(table, job_id,
               [&](Load& load) { return load.stage_file(table, job_id, path, options); });
}

StagedFile PlainLoad::stage_stream(const std::string& table, const std::string& job_id,
                                   ArrowStream stream) {
  return stage(table, job_id,
               [&](Load& load) { return load.stage_stream(table, job_id, std::move(stream)); });
}

std::vector<StagedFile> PlainLoad::staged() {
  if (receipt() || !package_->exists()) return {};
  return package_->scratch()->load().staged();
}

std::vector<Column> PlainLoad::file_columns(const std::string& path, const StageOptions& options) {
  return package_->scratch()->load().file_columns(path, options);
}

Receipt PlainLoad::commit() { return Commit(*target_, *package_).run(); }

void PlainLoad::abort() {
  std::lock_guard lock(package_->commit_mutex());
  if (receipt()) return;
  for (const Push& push : package_->pushes()) {
    if (push.upload_id.empty() && !push.done) continue;
    throw Error(ErrorCode::kFailedPrecondition,
                "load " + key().load_id + " is on the server in part (" + push.table +
                    "): commit it again to its end, or remove " + package_->folder().string() +
                    " to forget it as it is");
  }
  package_->remove();
}

}  // namespace hotload::plain
