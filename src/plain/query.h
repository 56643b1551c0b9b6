// SPDX-License-Identifier: Apache-2.0
// One query on plain Hotdata: asked, awaited, read as an Arrow stream.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "hotload/arrow.h"
#include "plain/catalog.h"
#include "remote/client.h"

namespace hotload::plain {

struct Statement {
  std::string sql;
  std::string schema = {};  // of names without one; empty: the database's default
};

// The rows come as they are read. Throws kNotFound for a table that is not there or was never
// loaded, kInvalidArgument for a statement that is wrong, kCanceled once `canceled` is set: the
// server runs on, its result is not waited for.
ArrowStream run_query(const std::shared_ptr<remote::Client>& client, const DatabaseRef& database,
                      const Statement& statement, const std::atomic<bool>* canceled = nullptr);

// Runs `read`, which asks a query and reads its rows to their end, again where these break off:
// three times in all.
void read_again(const std::function<void()>& read);

// The one number that a query gives.
int64_t query_integer(const std::shared_ptr<remote::Client>& client, const DatabaseRef& database,
                      const std::string& sql);

// The name by which any statement finds a table, in quotes: servers keep names in lower case.
std::string qualified(const DatabaseRef& database, const std::string& schema,
                      const std::string& table);

}  // namespace hotload::plain
