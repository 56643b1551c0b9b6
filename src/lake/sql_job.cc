// SPDX-License-Identifier: Apache-2.0
#include "lake/sql_job.h"

#include <optional>

#include "lake/failpoint.h"
#include "lake/outer_sql.h"
#include "lake/statement_gate.h"
#include "model/identifier.h"

namespace hotload::lake {

using engine::StatementKind;

namespace {

void admit(const SqlJob& job, StatementKind kind) {
  switch (kind) {
    case StatementKind::kRead:
      return;
    case StatementKind::kWrite:
    case StatementKind::kSchema:
      return check_written_text(job.sql);
    case StatementKind::kTransaction:
      throw Error(ErrorCode::kPermission,
                  "a load is one transaction: its SQL begins and ends none of its own");
    case StatementKind::kSetting:
    case StatementKind::kOther:
      throw Error(ErrorCode::kPermission,
                  "this kind of statement is not for a load: only queries, INSERT, UPDATE, DELETE, "
                  "CREATE, ALTER and DROP are");
  }
}

template <typename Run>
void named(const SqlJob& job, Run run) {
  try {
    run();
  } catch (const Error& error) {
    throw Error(error.code(), "SQL of job " + job.job_id + ": " + error.what());
  }
}

void use(engine::Connection& connection, const Lake& lake, const std::string& schema) {
  connection.run("USE " + model::quote_identifier(lake.alias()) + "." +
                 model::quote_identifier(schema));
}

}  // namespace

void check_sql_job(engine::Connection& connection, Lake& lake, const Intent& intent,
                   const SqlJob& job) {
  named(job, [&] {
    if (intent.outer_sql) return OuterSql(connection, lake, intent).check(job);
    check_text(job.sql);
    use(connection, lake, intent.key.schema);
    engine::check_statements(connection, job.sql, [&](StatementKind kind) { admit(job, kind); });
  });
}

void run_sql_jobs(Transaction& transaction, Lake& lake, const Intent& intent) {
  engine::Connection& connection = transaction.connection();
  std::optional<OuterSql> outer;
  if (intent.outer_sql) outer.emplace(connection, lake, intent);
  const auto pin = [&](StatementKind kind) {
    if (kind == StatementKind::kSchema) transaction.pin_schema();
  };
  for (const SqlJob& job : intent.sql) {
    named(job, [&] {
      if (outer) return outer->run(job, pin);
      use(connection, lake, intent.key.schema);
      engine::run_statements(connection, job.sql, [&](StatementKind kind) {
        admit(job, kind);
        pin(kind);
      });
    });
    failpoint("commit.sql");
  }
}

std::set<std::string> tables_in_text(const std::vector<SqlJob>& jobs,
                                     const std::vector<std::string>& tables) {
  std::set<std::string> named;
  for (const SqlJob& job : jobs) {
    const std::string text = model::fold_case(job.sql);
    for (const std::string& table : tables) {
      if (text.find(model::fold_case(table)) != std::string::npos) named.insert(table);
    }
  }
  return named;
}

}  // namespace hotload::lake
