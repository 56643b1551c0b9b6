// SPDX-License-Identifier: Apache-2.0
// The Database of plain Hotdata.
#pragma once

#include <mutex>
#include <set>

#include "hotload/database.h"
#include "plain/target.h"

namespace hotload::plain {

class PlainDatabase : public Database {
 public:
  PlainDatabase(std::shared_ptr<remote::Client> client, const DatabaseRef& database)
      : target_(std::make_shared<Target>(std::move(client), database)) {}

  std::string name() const override { return target_->database.name; }
  std::string id() const override { return target_->database.id; }
  // Schemas that hold a table, those made by this object, and the default one: the server does not
  // tell of others.
  std::vector<std::string> list_schemas() override;
  void create_schema(const std::string& schema) override;
  void drop_schema(const std::string& schema) override;
  bool has_schema(const std::string& schema) override;
  // Rows are counted; files and sizes are not told.
  std::vector<TableInfo> list_tables(const std::string& schema) override;
  std::optional<std::vector<Column>> columns(const std::string& schema,
                                             const std::string& table) override;
  using Database::open_load;
  std::unique_ptr<Load> open_load(const LoadKey& key, const LoadOptions& options) override;
  // Of this machine.
  std::vector<PendingLoad> pending_loads() override;
  std::vector<Receipt> history(int64_t limit) override;
  std::unique_ptr<Session> open_session(const SessionOptions& options) override;
  ArrowStream query(const std::string& sql) override;
  std::vector<TableEvent> table_events(const Span& span) override;
  ArrowStream changes(const std::string& schema, const std::string& table,
                      const Span& span) override;
  DatabaseDiff diff(const Span& span) override;
  ArrowStream diff_rows(const std::string& schema, const std::string& table,
                        const Span& span) override;
  Receipt undo(const std::string& load_id) override;
  ScrubReport scrub() override;
  MaintenanceReport maintain(const MaintenanceOptions& options) override;

 private:
  void require_schema(const std::string& schema);
  std::vector<TableEntry> tables_of(const std::string& schema);
  // When the load is complete already by the word of dlt's own table.
  std::optional<Receipt> receipt_of_dlt(const LoadKey& key);

  std::shared_ptr<Target> target_;
  std::mutex mutex_;  // guards what follows
  std::set<std::string> made_;
  // Callers open a load again for each step: its scratch lake stays open meanwhile.
  std::shared_ptr<Package> latest_;
};

}  // namespace hotload::plain
