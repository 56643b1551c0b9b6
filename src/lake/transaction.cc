// SPDX-License-Identifier: Apache-2.0
#include "lake/transaction.h"

#include "lake/failpoint.h"
#include "lake/layout.h"
#include "lake/root.h"
#include "model/identifier.h"
#include "model/receipt_json.h"

namespace hotload::lake {

Transaction::Transaction(Lake& lake, const std::string& who,
                         std::shared_ptr<engine::Connection> connection, Begin begin,
                         std::optional<int64_t> wait_ms)
    : lake_(lake),
      connection_(connection != nullptr ? std::move(connection) : lake.connect()),
      pass_(lake.door(), who, wait_ms.value_or(lake.root().options().lock_timeout_ms)) {
  if (!lake.is_current(*connection_)) {
    throw Error(ErrorCode::kUnavailable, "the engine was restarted; open a new session");
  }
  lake.check_stamp();
  // File times are coarse: a file of this transaction may seem a tick older than its BEGIN.
  begun_ = fs::file_time_type::clock::now() - std::chrono::milliseconds(50);
  base_snapshot_ =
      connection_->integer("SELECT max(snapshot_id) FROM " + lake.metadata("ducklake_snapshot"));
  if (begin == Begin::kHere) connection_->run("BEGIN");
  open_ = true;
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    connection_->run("ROLLBACK");
  } catch (const Error&) {
    // The engine has rolled back by itself, or is dead: nothing was committed either way.
  }
}

void Transaction::describe(const std::string& message, const std::string& extra) {
  connection_->run("CALL " + model::quote_identifier(lake_.alias()) +
                   ".set_commit_message('hotload', " + model::quote_literal(message) +
                   ", extra_info => " + model::quote_literal(extra) + ")");
}

void Transaction::record(const Receipt& receipt, const std::string& promises) {
  const LoadKey& key = receipt.key;
  connection_->run("INSERT INTO " + lake_.table(kOwnSchema, "receipts") + " VALUES (" +
                   model::quote_literal(key.schema) + ", " + model::quote_literal(key.schema_name) +
                   ", " + model::quote_literal(key.load_id) + ", " +
                   std::to_string(receipt.snapshot) + ", " +
                   model::quote_literal(receipt.committed_at) + ", " +
                   model::quote_literal(boost::json::serialize(model::to_json(receipt))) + ", " +
                   model::quote_literal(promises) + ")");
  describe("load " + key.load_id + " of " + key.schema,
           boost::json::serialize(model::to_json(key)));
}

void Transaction::sync() {
  sync_new_files(lake_.data_folder(), begun_);
  synced_ = true;
}

void Transaction::commit() {
  if (!synced_) sync();
  failpoint("commit.synced");
  try {
    open_ = false;
    connection_->run("COMMIT");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kConflict) {
      connection_->instance().mark_dead();
      lake_.forget();
    }
    throw;
  }
  failpoint("commit.committed");
  lake_.take_stamp();
  if (!pins_.empty()) read_new_schema();
}

// Before the next writer comes in: many would read it at once, and the engine keep the last alone.
// Where nobody else is, whoever needs it reads it.
void Transaction::read_new_schema() {
  pins_.clear();
  if (connection_->instance().connections() == 1) return;
  try {
    const SchemaPin read(lake_);
  } catch (const Error&) {
    // It is committed all the same.
  }
}

}  // namespace hotload::lake
