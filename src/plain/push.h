// SPDX-License-Identifier: Apache-2.0
// How a load's outcome for one table gets to the server, and how far that has come. plan_pushes()
// decides it: pure.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "plain/intent.h"

namespace hotload::plain {

enum class PushMode { kAppend, kReplace, kUpsert, kDelete, kDrop };
const char* to_string(PushMode mode);

struct Push {
  std::string table;
  PushMode mode = PushMode::kAppend;
  std::vector<std::string> key;     // of kUpsert and kDelete
  std::vector<std::string> values;  // of kDelete: rows whose key is one of them go
  bool pull = false;                // its rows are read first: what comes depends on them
  bool exists = false;              // it was there, and loaded, when this was planned
  // Pushes of one phase are independent, and all before the next phase. dlt's own tables come after
  // data, literal rows at the end: they say that the load is there.
  int64_t phase = 0;

  int64_t columns_before = 0;  // of the table, in the scratch database
  int64_t rows_before = 0;     // for the receipt, where rows go that are not read
  std::string upload_id;       // empty: nothing is on its way
  int64_t rows_after = 0;
  bool done = false;
};

// In the order of phases. `loaded`: the tables of the schema that are there, folded.
std::vector<Push> plan_pushes(const Intent& intent, const std::set<std::string>& loaded);

boost::json::object to_json(const Push& push);
Push push_from_json(const boost::json::value& value, const std::string& path);

}  // namespace hotload::plain
