// SPDX-License-Identifier: Apache-2.0
// The Session of a server. Rows come as they are read.
#pragma once

#include "hotload/database.h"
#include "remote/client.h"

namespace hotload::remote {

class RemoteSession : public Session {
 public:
  RemoteSession(std::shared_ptr<Client> client, const std::string& database_path,
                const SessionOptions& options);
  ~RemoteSession() override;

  ArrowStream query(const std::string& sql, const std::vector<Parameter>& parameters) override;
  int64_t rows_changed() const override { return rows_changed_; }
  int64_t write_parquet(ArrowStream rows, const std::string& path) override;
  void begin() override { step("/begin"); }
  void commit() override { step("/commit"); }
  void rollback() override;
  bool in_transaction() const override { return in_transaction_; }
  void interrupt() override;

 private:
  void step(const char* what);
  void take_heads(const HttpAnswer& answer);
  // What a lost session means for a transaction that was open.
  template <typename Run>
  void told(Run run);

  std::shared_ptr<Client> client_;
  std::string path_;
  int64_t sequence_ = 0;
  int64_t rows_changed_ = -1;
  bool in_transaction_ = false;
};

}  // namespace hotload::remote
