// SPDX-License-Identifier: Apache-2.0
// One write transaction of a lake, alone in it from BEGIN to COMMIT: through the door, on an
// unchanged catalog, with every new file synced before the commit that names it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "lake/door.h"
#include "lake/lake.h"
#include "lake/schema_pin.h"

namespace hotload::lake {

class Transaction {
 public:
  enum class Begin { kHere, kAlready };

  // `who` is what others read while they wait. Throws kTimeout or kChanged. A connection of the
  // caller's may be given; else a new one is used. kAlready: the caller has begun on it.
  // `wait_ms`: how long to wait for the door, instead of the workspace's time-out.
  Transaction(Lake& lake, const std::string& who,
              std::shared_ptr<engine::Connection> connection = nullptr, Begin begin = Begin::kHere,
              std::optional<int64_t> wait_ms = std::nullopt);
  ~Transaction();  // rolls back what was not committed
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  engine::Connection& connection() { return *connection_; }
  // Before a statement that makes, alters or drops; again where other work may lie between.
  void pin_schema() { pins_.emplace_back(lake_); }
  // The message and the extra text of the snapshot to come.
  void describe(const std::string& message, const std::string& extra);
  // Writes the receipt into the database with what the commit promises of keys (unique_keys.h),
  // and names the snapshot after the load.
  void record(const Receipt& receipt, const std::string& promises);
  // The snapshot that the commit makes, if it changes anything.
  int64_t next_snapshot() const { return base_snapshot_ + 1; }
  // Throws with an unknown outcome only for kUnavailable, kIo, kExhausted and kInternal; the
  // engine is then restarted and what was cached forgotten, so that the next call sees the truth.
  void commit();
  // Syncs what the engine wrote in this transaction; commit() does it too.
  void sync();

 private:
  void read_new_schema();

  Lake& lake_;
  std::shared_ptr<engine::Connection> connection_;
  DoorPass pass_;
  fs::file_time_type begun_;
  int64_t base_snapshot_ = 0;
  std::vector<SchemaPin> pins_;
  bool synced_ = false;
  bool open_ = false;
};

}  // namespace hotload::lake
