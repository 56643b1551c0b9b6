// SPDX-License-Identifier: Apache-2.0
// The embedded Database: a handle that keeps its root open.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hotload/database.h"
#include "lake/lake.h"
#include "lake/root.h"

namespace hotload::lake {

class LakeDatabase : public Database {
 public:
  LakeDatabase(std::shared_ptr<Root> root, std::shared_ptr<Lake> lake)
      : root_(std::move(root)), lake_(std::move(lake)) {}

  std::string name() const override { return lake_->name(); }
  std::string id() const override { return name(); }
  std::vector<std::string> list_schemas() override;
  void create_schema(const std::string& schema) override;
  void drop_schema(const std::string& schema) override;
  bool has_schema(const std::string& schema) override;
  std::vector<TableInfo> list_tables(const std::string& schema) override;
  std::optional<std::vector<Column>> columns(const std::string& schema,
                                             const std::string& table) override;
  using Database::open_load;
  std::unique_ptr<Load> open_load(const LoadKey& key, const LoadOptions& options) override;
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

  const std::shared_ptr<Lake>& lake() const { return lake_; }

 private:
  // Rows of a query of our own; what it reads stays while the stream is read.
  ArrowStream stream(const std::shared_ptr<engine::Connection>& connection, const std::string& sql);

  std::shared_ptr<Root> root_;
  std::shared_ptr<Lake> lake_;
};

}  // namespace hotload::lake
