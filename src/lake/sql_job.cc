// SPDX-License-Identifier: Apache-2.0
#include "lake/sql_job.h"

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
    run([&](StatementKind kind) { admit(job, kind); });
  } catch (const Error& error) {
    throw Error(error.code(), "SQL of job " + job.job_id + ": " + error.what());
  }
}

void use(engine::Connection& connection, const Lake& lake, const std::string& schema) {
  connection.run("USE " + model::quote_identifier(lake.alias()) + "." +
                 model::quote_identifier(schema));
}

}  // namespace

void check_sql_job(engine::Connection& connection, const Lake& lake, const std::string& schema,
                   const SqlJob& job) {
  named(job, [&](const auto& before) {
    check_text(job.sql);
    use(connection, lake, schema);
    engine::check_statements(connection, job.sql, before);
  });
}

void run_sql_job(engine::Connection& connection, const Lake& lake, const std::string& schema,
                 const SqlJob& job) {
  named(job, [&](const auto& before) {
    use(connection, lake, schema);
    engine::run_statements(connection, job.sql, before);
  });
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
