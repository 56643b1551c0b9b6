// SPDX-License-Identifier: Apache-2.0
// Which tables hold each key once, because every load of theirs saw to it. The engine keeps no
// keys: each receipt's row says what its load promised, and scrub holds the tables to it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "lake/lake.h"
#include "lake/staging.h"

namespace hotload::lake {

struct UniqueKey {
  std::string schema;
  std::string table;
  std::vector<std::string> columns;
};

// What one commit promises of one table.
struct Promise {
  std::string table;
  std::vector<std::string> key;  // empty: none
  bool fresh = false;            // nothing of earlier loads is left in the table
  bool rows = false;             // it adds rows
};
std::string promises_to_text(const std::vector<Promise>& promises);

// What a load promises of the tables that it writes to, as text for its receipt's row; of those
// that its SQL may have written to, nothing.
std::string key_promises(const Intent& intent, const std::vector<Job>& jobs,
                         const std::set<std::string>& by_sql);

// The promises of one load, oldest first, as key_promises() wrote them.
struct PromisedKeys {
  std::string schema;
  std::string text;
};
// What all of them together promise: a table whose loads disagree, or that one load appended to
// without a key, is not among them until a load begins it anew.
std::vector<UniqueKey> fold_promises(const std::vector<PromisedKeys>& loads);

// As of that snapshot.
std::vector<UniqueKey> unique_keys(engine::Connection& connection, const Lake& lake,
                                   int64_t snapshot);

}  // namespace hotload::lake
