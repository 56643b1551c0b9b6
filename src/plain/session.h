// SPDX-License-Identifier: Apache-2.0
// The Session of plain Hotdata: it reads.
#pragma once

#include <atomic>

#include "hotload/database.h"
#include "plain/catalog.h"
#include "remote/client.h"

namespace hotload::plain {

class PlainSession : public Session {
 public:
  PlainSession(std::shared_ptr<remote::Client> client, DatabaseRef database,
               const SessionOptions& options);

  ArrowStream query(const std::string& sql, const std::vector<Parameter>& parameters) override;
  int64_t rows_changed() const override { return -1; }
  int64_t write_parquet(ArrowStream rows, const std::string& path) override;
  void begin() override;
  void commit() override;
  void rollback() override {}
  bool in_transaction() const override { return false; }
  void interrupt() override { canceled_ = true; }

 private:
  std::shared_ptr<remote::Client> client_;
  const DatabaseRef database_;
  const std::string schema_;
  std::atomic<bool> canceled_{false};
};

}  // namespace hotload::plain
