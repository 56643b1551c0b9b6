// SPDX-License-Identifier: Apache-2.0
// The Database of a server, by its id there.
#pragma once

#include "hotload/database.h"
#include "remote/client.h"

namespace hotload::remote {

class RemoteDatabase : public Database {
 public:
  RemoteDatabase(std::shared_ptr<Client> client, std::string id, std::string name);

  std::string name() const override { return name_; }
  std::string id() const override { return id_; }
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

  // Of a fork.
  std::vector<Receipt> publish();

 private:
  boost::json::value get(const std::string& rest, Query query = {});
  boost::json::value post(const std::string& rest, boost::json::value body);
  ArrowStream rows(const std::string& rest, const Span& span);

  std::shared_ptr<Client> client_;
  const std::string id_;
  const std::string name_;
  const std::string path_;
};

}  // namespace hotload::remote
