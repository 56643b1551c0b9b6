// SPDX-License-Identifier: Apache-2.0
// The embedded Session: one connection of the engine, its writes through the lake's door.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "hotload/database.h"
#include "lake/as_of.h"
#include "lake/restricted_write.h"
#include "lake/root.h"
#include "lake/transaction.h"

namespace hotload::lake {

class LakeSession : public Session {
 public:
  LakeSession(std::shared_ptr<Root> root, std::shared_ptr<Lake> lake,
              const SessionOptions& options);
  ~LakeSession() override;

  ArrowStream query(const std::string& sql, const std::vector<Parameter>& parameters) override;
  int64_t write_parquet(ArrowStream rows, const std::string& path) override;
  int64_t rows_changed() const override { return rows_changed_; }
  void begin() override;
  void commit() override;
  void rollback() override;
  bool in_transaction() const override { return state_ != State::kNone; }
  void interrupt() override { connection_->interrupt(); }

 private:
  // An explicit transaction reads without the door and takes it with its first write.
  enum class State { kNone, kReading, kWriting };

  // The catalog, and perhaps schema, in which names resolve; quoted.
  std::string home();
  void restrict();
  ArrowStream query_all(const std::vector<std::string>& statements,
                        const std::vector<Parameter>& parameters);
  // What its stream needs as long as it is read.
  struct Kept;
  std::shared_ptr<Kept> keep() const;
  // What the gate lets run; its changes are still to be applied.
  AdmittedStatement admit(const std::string& sql);
  // Refuses a statement, or takes the door for one that writes.
  void before_statement(engine::StatementKind kind);
  void enter_door();  // unless it is inside

  std::shared_ptr<Root> root_;
  std::shared_ptr<Lake> lake_;
  const SessionOptions options_;
  std::shared_ptr<AsOfCatalog> past_;     // none: the session reads what is there now
  std::vector<VisibleDatabase> visible_;  // of a restricted session
  Uncommitted uncommitted_;               // of its open transaction
  std::shared_ptr<engine::Connection> connection_;
  State state_ = State::kNone;
  std::unique_ptr<Transaction> transaction_;
  std::shared_ptr<void> reader_;  // of an explicit transaction
  int64_t rewrites_at_begin_ = 0;
  int64_t rows_changed_ = -1;
};

}  // namespace hotload::lake
