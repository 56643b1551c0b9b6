// SPDX-License-Identifier: Apache-2.0
#include "lake/outer_sql.h"

#include "lake/sql_tokens.h"

namespace hotload::lake {

OuterSql::OuterSql(engine::Connection& connection, Lake& lake, const Intent& intent)
    : connection_(connection) {
  const std::string& schema = intent.key.schema;
  for (const std::string& table : intent.drops) {
    uncommitted_.apply({Uncommitted::Kind::kDropped, schema, table});
  }
  for (const auto& [name, spec] : intent.specs) {
    uncommitted_.apply({Uncommitted::Kind::kCreated, schema, name});
  }
  const std::shared_ptr<Lake> not_owned(std::shared_ptr<void>(), &lake);
  visible_.push_back({"", not_owned, schema, &uncommitted_});
  // Names are resolved by the gate: the engine looks nowhere but among the functions.
  connection_.run("SET search_path = 'memory.main'");
}

void OuterSql::check(const SqlJob& job) {
  for (const std::string& statement : statements_of(job.sql)) pass(statement, nullptr);
}

void OuterSql::run(const SqlJob& job, const Before& before) {
  for (const std::string& statement : statements_of(job.sql)) pass(statement, before);
}

void OuterSql::pass(const std::string& statement, const Before& before) {
  try {
    const AdmittedStatement admitted = RestrictedWrite(connection_, visible_).admit(statement);
    for (const Uncommitted::Change& change : admitted.changes) uncommitted_.check(change);
    if (before) engine::run_statements(connection_, admitted.sql, before);
    for (const Uncommitted::Change& change : admitted.changes) uncommitted_.apply(change);
  } catch (const Error& error) {
    if (before || error.code() != ErrorCode::kNotFound) throw;
  }
}

}  // namespace hotload::lake
