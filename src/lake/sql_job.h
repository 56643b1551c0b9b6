// SPDX-License-Identifier: Apache-2.0
// SQL that a load brings: looked at when it is handed in, run in the commit's transaction.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "hotload/load.h"
#include "lake/lake.h"
#include "lake/staging.h"
#include "lake/transaction.h"

namespace hotload::lake {

// Throws kInvalidArgument for what is no SQL and kPermission for what no load may do, as far as
// that can be told while tables are still to come.
void check_sql_job(engine::Connection& connection, Lake& lake, const Intent& intent,
                   const SqlJob& job);
// Runs them all. Throws what the engine says of a statement; the message names the job.
void run_sql_jobs(Transaction& transaction, Lake& lake, const Intent& intent);
// Those of the tables whose names occur in the text: it may have written to them.
std::set<std::string> tables_in_text(const std::vector<SqlJob>& jobs,
                                     const std::vector<std::string>& tables);

}  // namespace hotload::lake
