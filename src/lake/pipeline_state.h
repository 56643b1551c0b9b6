// SPDX-License-Identifier: Apache-2.0
// The state that a dlt pipeline stored with a load, and how it goes back when the load is undone:
// as a newer version with what the pipeline remembered before. dlt reads the state of the newest
// load in `_dlt_loads`, and takes it if its version is not lower than the local one.
#pragma once

#include <string>
#include <vector>

#include "engine/connection.h"
#include "lake/lake.h"

namespace hotload::lake {

// dlt's tables whose rows are never taken back: states and schemas, which have versions.
bool is_pipeline_state(const std::string& table);

class PipelineState {
 public:
  // Reads what the load stored, before anything is changed. `now`: the newest snapshot.
  PipelineState(Lake& lake, engine::Connection& connection, const Receipt& load, int64_t now);

  // Writes the older states, with a load id of their own, on the connection's open transaction.
  // Throws kFailedPrecondition when a later load has moved a state on: its rows would come twice.
  std::vector<TableReceipt> take_back();

 private:
  struct Stored {
    std::string pipeline;
    std::string hash;
    std::string before;  // JSON of the state before the load
    std::string hash_before;
  };

  std::string table(const std::string& name, int64_t snapshot) const;
  // The row that dlt would read at that snapshot, of states joined with loads.
  std::string current_sql(const std::string& pipeline, int64_t snapshot) const;
  void check_current(const Stored& stored);
  void find_before(Stored& stored, bool had_states);
  void write(const Stored& stored, const std::string& load_id);

  Lake& lake_;
  engine::Connection& connection_;
  const Receipt load_;
  const int64_t now_;
  std::vector<Stored> stored_;
  // Temporary tables with rows that the load wrote. The engine takes what a transaction deletes
  // for deleted in all snapshots.
  const std::string states_copy_;
  const std::string loads_copy_;
};

}  // namespace hotload::lake
