// SPDX-License-Identifier: Apache-2.0
#include "lake/database.h"

#include "lake/changes.h"
#include "lake/load.h"
#include "lake/maintain.h"
#include "lake/scrub.h"
#include "lake/session.h"
#include "lake/tables.h"
#include "lake/transaction.h"
#include "lake/undo.h"
#include "model/identifier.h"

namespace hotload::lake {

std::vector<std::string> LakeDatabase::list_schemas() {
  return lake::list_schemas(*lake_->connect(), *lake_);
}

bool LakeDatabase::has_schema(const std::string& schema) {
  return lake::has_schema(*lake_->connect(), *lake_, schema);
}

void LakeDatabase::create_schema(const std::string& schema) {
  model::check_schema_name(schema);
  if (has_schema(schema)) return;
  Transaction transaction(*lake_, "creating schema " + schema);
  transaction.pin_schema();
  transaction.connection().run("CREATE SCHEMA IF NOT EXISTS " +
                               model::quote_identifier(lake_->alias()) + "." +
                               model::quote_identifier(schema));
  transaction.describe("create schema " + schema, "");
  transaction.commit();
}

void LakeDatabase::drop_schema(const std::string& schema) {
  model::check_schema_name(schema);
  if (!has_schema(schema)) {
    throw Error(ErrorCode::kNotFound,
                "there is no schema '" + schema + "' in database '" + name() + "'");
  }
  Transaction transaction(*lake_, "dropping schema " + schema);
  transaction.pin_schema();
  transaction.connection().run("DROP SCHEMA " + model::quote_identifier(lake_->alias()) + "." +
                               model::quote_identifier(schema) + " CASCADE");
  transaction.describe("drop schema " + schema, "");
  transaction.commit();
}

std::vector<TableInfo> LakeDatabase::list_tables(const std::string& schema) {
  auto connection = lake_->connect();
  if (!lake::has_schema(*connection, *lake_, schema)) {
    throw Error(ErrorCode::kNotFound,
                "there is no schema '" + schema + "' in database '" + name() + "'");
  }
  return table_infos(*connection, *lake_, schema);
}

std::optional<std::vector<Column>> LakeDatabase::columns(const std::string& schema,
                                                         const std::string& table) {
  for (auto& [name, columns] : live_tables(*lake_->connect(), *lake_, schema, {table})) {
    return std::move(columns);
  }
  return std::nullopt;
}

std::unique_ptr<Load> LakeDatabase::open_load(const LoadKey& key, const LoadOptions& options) {
  return std::make_unique<LakeLoad>(root_, lake_, key, options);
}

std::vector<PendingLoad> LakeDatabase::pending_loads() {
  std::vector<PendingLoad> loads = Staging::list(lake_->staging_folder());
  // A crash may leave the folder of a load that is committed.
  std::erase_if(loads, [&](const PendingLoad& load) { return lake_->receipt(load.key); });
  return loads;
}

std::vector<Receipt> LakeDatabase::history(int64_t limit) {
  std::vector<Receipt> all = lake_->receipts();
  if (limit > 0 && all.size() > static_cast<size_t>(limit)) all.resize(static_cast<size_t>(limit));
  return all;
}

std::unique_ptr<Session> LakeDatabase::open_session(const SessionOptions& options) {
  return std::make_unique<LakeSession>(root_, lake_, options);
}

ArrowStream LakeDatabase::query(const std::string& sql) {
  return open_session({.schema = {}, .read_only = true})->query(sql, {});
}

ArrowStream LakeDatabase::stream(const std::shared_ptr<engine::Connection>& connection,
                                 const std::string& sql) {
  struct Kept {
    std::shared_ptr<Root> root;
    std::shared_ptr<Lake> lake;
    std::shared_ptr<void> reader;
  };
  const auto kept = std::make_shared<Kept>(Kept{root_, lake_, lake_->readers().enter()});
  engine::QueryHooks hooks;
  hooks.on_end = [kept] {};
  int64_t ignored = 0;
  return engine::stream_query(connection, sql, {}, &ignored, std::move(hooks));
}

std::vector<TableEvent> LakeDatabase::table_events(const Span& span) {
  return lake::table_events(*lake_->connect(), *lake_, resolve_span(*lake_, span));
}

ArrowStream LakeDatabase::changes(const std::string& schema, const std::string& table,
                                  const Span& span) {
  const SnapshotSpan snapshots = resolve_span(*lake_, span);
  const std::shared_ptr<engine::Connection> connection = lake_->connect();
  const TableAt found = table_at(*connection, *lake_, snapshots.until, schema, table);
  const ChangeQuery query = feed_query(*connection, *lake_, found, snapshots);
  return stream(connection, query.sql + query.order);
}

DatabaseDiff LakeDatabase::diff(const Span& span) {
  const SnapshotSpan snapshots = resolve_span(*lake_, span);
  const auto reader = lake_->readers().enter();
  return diff_tables(*lake_->connect(), *lake_, snapshots);
}

ArrowStream LakeDatabase::diff_rows(const std::string& schema, const std::string& table,
                                    const Span& span) {
  const SnapshotSpan snapshots = resolve_span(*lake_, span);
  const std::shared_ptr<engine::Connection> connection = lake_->connect();
  return stream(connection, diff_rows_sql(*connection, *lake_, schema, table, snapshots));
}

Receipt LakeDatabase::undo(const std::string& load_id) { return undo_load(*lake_, load_id); }

ScrubReport LakeDatabase::scrub() { return scrub_lake(*lake_); }

MaintenanceReport LakeDatabase::maintain(const MaintenanceOptions& options) {
  return maintain_lake(*lake_, options);
}

}  // namespace hotload::lake
