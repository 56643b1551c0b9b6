// SPDX-License-Identifier: Apache-2.0
#include "plain/database.h"

#include <algorithm>
#include <set>

#include "arrow/rows.h"
#include "arrow/sql_type.h"
#include "hotload/error.h"
#include "model/identifier.h"
#include "plain/load.h"
#include "plain/query.h"
#include "plain/session.h"
#include "plain/unsupported.h"

namespace hotload::plain {

namespace {

constexpr const char* kLoadsTable = "_dlt_loads";

}  // namespace

std::vector<TableEntry> PlainDatabase::tables_of(const std::string& schema) {
  std::vector<TableEntry> entries = target_->tables.list(schema);
  std::erase_if(entries, [&](const TableEntry& entry) {
    return !entry.loaded || !model::same_name(entry.schema, schema);
  });
  return entries;
}

std::vector<std::string> PlainDatabase::list_schemas() {
  std::set<std::string> schemas{target_->database.default_schema};
  for (const TableEntry& entry : target_->tables.list("")) schemas.insert(entry.schema);
  std::lock_guard lock(mutex_);
  schemas.insert(made_.begin(), made_.end());
  return {schemas.begin(), schemas.end()};
}

void PlainDatabase::create_schema(const std::string& schema) {
  model::check_schema_name(schema);
  target_->tables.declare_schema(schema);
  std::lock_guard lock(mutex_);
  made_.insert(schema);
}

void PlainDatabase::drop_schema(const std::string& schema) {
  require_schema(schema);
  for (const TableEntry& entry : target_->tables.list(schema)) {
    if (model::same_name(entry.schema, schema)) target_->tables.remove(schema, entry.table);
  }
  std::lock_guard lock(mutex_);
  std::erase_if(made_, [&](const std::string& one) { return model::same_name(one, schema); });
}

void PlainDatabase::require_schema(const std::string& schema) {
  if (has_schema(schema)) return;
  throw Error(ErrorCode::kNotFound,
              "there is no schema '" + schema + "' with a table in database '" + name() + "'");
}

bool PlainDatabase::has_schema(const std::string& schema) {
  const std::vector<std::string> all = list_schemas();
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& name) { return model::same_name(name, schema); });
}

std::vector<TableInfo> PlainDatabase::list_tables(const std::string& schema) {
  require_schema(schema);
  std::vector<TableInfo> tables;
  for (const TableEntry& entry : tables_of(schema)) {
    TableInfo info;
    info.schema = entry.schema;
    info.name = entry.table;
    info.columns = columns(schema, entry.table).value_or(std::vector<Column>());
    info.rows = query_integer(
        target_->client, target_->database,
        "SELECT count(*) FROM " + qualified(target_->database, entry.schema, entry.table));
    tables.push_back(std::move(info));
  }
  return tables;
}

std::optional<std::vector<Column>> PlainDatabase::columns(const std::string& schema,
                                                          const std::string& table) {
  try {
    std::vector<Column> found;
    read_again([&] {
      ArrowStream none =
          run_query(target_->client, target_->database,
                    {"SELECT * FROM " + qualified(target_->database, schema, table) + " LIMIT 0"});
      found = arrow::columns_of(none);
    });
    return found;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return std::nullopt;
  }
}

std::optional<Receipt> PlainDatabase::receipt_of_dlt(const LoadKey& key) {
  const std::string sql = "SELECT inserted_at FROM " +
                          qualified(target_->database, key.schema, kLoadsTable) +
                          " WHERE status = 0 AND load_id = " + model::quote_literal(key.load_id) +
                          " AND schema_name = " + model::quote_literal(key.schema_name);
  try {
    std::optional<Receipt> receipt;
    read_again([&] {
      arrow::Rows rows(run_query(target_->client, target_->database, {sql}));
      receipt.reset();
      if (!rows.next()) return;
      receipt.emplace().key = key;
      rows.append_cell(0, receipt->committed_at);
    });
    return receipt;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return {};
  }
}

std::unique_ptr<Load> PlainDatabase::open_load(const LoadKey& key, const LoadOptions&) {
  model::check_schema_name(key.schema);
  if (key.load_id.empty() || key.load_id.size() > 1024) {
    throw Error(ErrorCode::kInvalidArgument, "a load id has 1 to 1024 characters");
  }
  std::lock_guard lock(mutex_);
  if (latest_ == nullptr || latest_->key() != key) {
    latest_ = Package::open(target_->home, key);
    const bool unknown = !latest_->receipt() && !latest_->exists() && !key.schema_name.empty();
    if (unknown) {
      if (auto complete = receipt_of_dlt(key)) latest_->finish(*complete);
    }
  }
  return std::make_unique<PlainLoad>(target_, latest_);
}

std::vector<PendingLoad> PlainDatabase::pending_loads() {
  std::vector<PendingLoad> loads;
  for (const auto& folder : target_->home.load_folders()) {
    try {
      const LoadKey key = Package::key_of(folder);
      loads.push_back(Package::open(target_->home, key)->scratch()->pending());
    } catch (const Error& error) {
      // Another process works on it, or has just ended.
      if (error.code() != ErrorCode::kLocked && error.code() != ErrorCode::kNotFound) throw;
    }
  }
  return loads;
}

std::unique_ptr<Session> PlainDatabase::open_session(const SessionOptions& options) {
  return std::make_unique<PlainSession>(target_->client, target_->database, options);
}

ArrowStream PlainDatabase::query(const std::string& sql) {
  return run_query(target_->client, target_->database, {sql});
}

std::vector<Receipt> PlainDatabase::history(int64_t) { throw unsupported("the history of loads"); }

std::vector<TableEvent> PlainDatabase::table_events(const Span&) {
  throw unsupported("the history of tables");
}

ArrowStream PlainDatabase::changes(const std::string&, const std::string&, const Span&) {
  throw unsupported("the change feed");
}

DatabaseDiff PlainDatabase::diff(const Span&) { throw unsupported("the difference of loads"); }

ArrowStream PlainDatabase::diff_rows(const std::string&, const std::string&, const Span&) {
  throw unsupported("the difference of loads");
}

Receipt PlainDatabase::undo(const std::string&) { throw unsupported("undo"); }

ScrubReport PlainDatabase::scrub() { throw unsupported("a scrub"); }

MaintenanceReport PlainDatabase::maintain(const MaintenanceOptions&) {
  throw unsupported("maintenance");
}

}  // namespace hotload::plain
