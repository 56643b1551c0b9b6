// SPDX-License-Identifier: Apache-2.0
#include "lake/session.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "lake/database.h"
#include "lake/files.h"
#include "lake/layout.h"
#include "lake/retention.h"
#include "lake/statement_gate.h"
#include "lake/tables.h"
#include "model/identifier.h"

namespace hotload::lake {

using engine::StatementKind;

// Given back in the reverse order: a stream may outlive its session, database and workspace.
struct LakeSession::Kept {
  std::shared_ptr<Root> root;
  std::shared_ptr<Lake> lake;
  std::shared_ptr<void> reader;
  std::shared_ptr<AsOfCatalog> past;
  std::vector<VisibleDatabase> visible;
  std::vector<std::shared_ptr<void>> readers;  // of the attachments
};

LakeSession::LakeSession(std::shared_ptr<Root> root, std::shared_ptr<Lake> lake,
                         const SessionOptions& options)
    : root_(std::move(root)),
      lake_(std::move(lake)),
      options_(options),
      connection_(lake_->connect()) {
  if (!options_.as_of.empty()) {
    past_ = std::make_shared<AsOfCatalog>(*lake_, resolve_snapshot(*lake_, options_.as_of));
  }
  if (options.restricted) {
    restrict();
  } else {
    connection_->run("USE " + home());
  }
}

// Names are resolved by the gate, so the engine looks nowhere but among the functions.
void LakeSession::restrict() {
  const auto schema_or_main = [](const std::string& schema) {
    return schema.empty() ? std::string("main") : schema;
  };
  visible_.push_back(
      {options_.catalog, lake_, schema_or_main(options_.schema), &uncommitted_, past_});
  for (const Attachment& attachment : options_.attachments) {
    const auto* database = dynamic_cast<const LakeDatabase*>(attachment.database.get());
    if (database == nullptr || &database->lake()->root() != root_.get()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "attachment '" + attachment.catalog + "' is no database of the workspace");
    }
    database->lake()->connect();  // makes it known to the engine
    visible_.push_back({attachment.catalog, database->lake(), "main"});
  }
  connection_->run("SET search_path = 'memory.main'");
}

std::string LakeSession::home() {
  const std::string catalog = model::quote_identifier(past_ ? past_->name() : lake_->alias());
  if (options_.schema.empty()) return catalog;
  const bool there = past_ ? past_->has_schema(options_.schema)
                           : has_schema(*connection_, *lake_, options_.schema);
  return there ? catalog + "." + model::quote_identifier(options_.schema) : catalog;
}

LakeSession::~LakeSession() {
  try {
    rollback();
  } catch (const Error&) {
    // The engine is gone, and the transaction with it.
  }
}

void LakeSession::begin() {
  if (state_ != State::kNone) {
    throw Error(ErrorCode::kInvalidArgument, "a transaction is open already");
  }
  reader_ = lake_->readers().enter();
  // What is made later would not be seen by the transaction.
  if (past_) past_->prepare_all();
  rewrites_at_begin_ = lake_->rewrites();
  connection_->run("BEGIN");
  state_ = State::kReading;
}

void LakeSession::commit() {
  if (state_ == State::kNone) throw Error(ErrorCode::kInvalidArgument, "no transaction is open");
  auto transaction = std::move(transaction_);
  const State state = std::exchange(state_, State::kNone);
  auto reader = std::move(reader_);
  uncommitted_.clear();
  if (state == State::kWriting) {
    transaction->commit();
  } else {
    connection_->run("COMMIT");
  }
}

void LakeSession::rollback() {
  const State state = std::exchange(state_, State::kNone);
  auto reader = std::move(reader_);
  uncommitted_.clear();
  if (state == State::kWriting) transaction_.reset();
  if (state == State::kReading) connection_->run("ROLLBACK");
}

void LakeSession::before_statement(StatementKind kind) {
  if (options_.restricted && kind != StatementKind::kRead && !writes(kind)) {
    throw Error(ErrorCode::kPermission, "only queries and statements that write are allowed");
  }
  switch (kind) {
    case StatementKind::kRead:
    case StatementKind::kSetting:
      return;
    case StatementKind::kTransaction:
      throw Error(
          ErrorCode::kInvalidArgument,
          "transactions are begun and ended by the session's own calls, one statement each");
    case StatementKind::kOther:
      throw Error(ErrorCode::kPermission,
                  "this kind of statement is not for a session: only queries, INSERT, UPDATE, "
                  "DELETE, CREATE, ALTER, DROP, SET schema and transactions are");
    case StatementKind::kWrite:
    case StatementKind::kSchema:
      break;
  }
  if (past_) {
    throw Error(ErrorCode::kPermission, "the past is read-only: only queries are allowed");
  }
  if (options_.read_only) {
    throw Error(ErrorCode::kPermission, "the session is read-only: only queries are allowed");
  }
  enter_door();
  if (kind == StatementKind::kSchema) transaction_->pin_schema();
}

void LakeSession::enter_door() {
  if (state_ == State::kWriting || transaction_ != nullptr) return;
  if (state_ == State::kReading) {
    transaction_ = std::make_unique<Transaction>(*lake_, "a SQL transaction", connection_,
                                                 Transaction::Begin::kAlready);
    state_ = State::kWriting;
    if (lake_->rewrites() != rewrites_at_begin_) {
      rollback();
      throw Error(ErrorCode::kConflict,
                  "maintenance has replaced files since the transaction began; begin it again");
    }
    return;
  }
  transaction_ = std::make_unique<Transaction>(*lake_, "a SQL statement", connection_);
}

AdmittedStatement LakeSession::admit(const std::string& sql) {
  if (!options_.restricted) {
    check_text(sql);
    return {sql, {}};
  }
  if (options_.read_only) return {RestrictedSql(*connection_, visible_).admit(sql), {}};
  AdmittedStatement admitted = RestrictedWrite(*connection_, visible_).admit(sql);
  for (const Uncommitted::Change& change : admitted.changes) uncommitted_.check(change);
  return admitted;
}

std::shared_ptr<LakeSession::Kept> LakeSession::keep() const {
  auto kept =
      std::make_shared<Kept>(Kept{root_, lake_, lake_->readers().enter(), past_, visible_, {}});
  for (size_t i = 1; i < visible_.size(); ++i) {
    kept->readers.push_back(visible_[i].lake->readers().enter());
  }
  return kept;
}

// In one transaction, as the engine runs several where no gate is, unless they have words for
// their own. A query at the end comes after it: its rows are still to be read when it is over.
ArrowStream LakeSession::query_all(const std::vector<std::string>& statements,
                                   const std::vector<Parameter>& parameters) {
  const bool fresh = state_ == State::kNone;
  const bool own =
      fresh && std::none_of(statements.begin(), statements.end(), [](const std::string& one) {
        return transaction_word(one) != TransactionWord::kNone;
      });
  const bool rows_last = is_query(statements.back());
  if (own) begin();
  try {
    for (size_t i = 0; i + 1 < statements.size(); ++i) query(statements[i], {});
    if (own && rows_last) {
      admit(statements.back());  // what is refused takes the others along
      commit();
    }
    ArrowStream last = query(statements.back(), parameters);
    if (own && !rows_last) commit();
    return last;
  } catch (...) {
    if (fresh) rollback();  // also what one of them began
    throw;
  }
}

ArrowStream LakeSession::query(const std::string& sql, const std::vector<Parameter>& parameters) {
  const bool queries_alone = options_.restricted && options_.read_only;
  const TransactionWord word = queries_alone ? TransactionWord::kNone : transaction_word(sql);
  if (word != TransactionWord::kNone) {
    if (word == TransactionWord::kBegin) begin();
    if (word == TransactionWord::kCommit) commit();
    if (word == TransactionWord::kRollback) rollback();
    return engine::stream_query(connection_, "SELECT 1 WHERE false", {}, &rows_changed_);
  }
  if (options_.restricted && !queries_alone) {
    const std::vector<std::string> statements = statements_of(sql);
    if (statements.size() > 1) return query_all(statements, parameters);
  }
  // Before the gate looks at the tables: the files of what it finds stay.
  const std::shared_ptr<Kept> kept = keep();
  const AdmittedStatement admitted = admit(sql);
  if (past_) past_->prepare(sql);
  const bool automatic = state_ == State::kNone;
  engine::QueryHooks hooks;
  hooks.before = [this, &sql](StatementKind kind) {
    if (writes(kind) && !options_.restricted) check_written_text(sql);
    before_statement(kind);
  };
  hooks.on_end = [kept] {};
  try {
    ArrowStream stream = engine::stream_query(connection_, admitted.sql, parameters, &rows_changed_,
                                              std::move(hooks));
    if (automatic && transaction_ != nullptr) std::exchange(transaction_, nullptr)->commit();
    if (!automatic) {
      for (const Uncommitted::Change& change : admitted.changes) uncommitted_.apply(change);
    }
    return stream;
  } catch (const Error& error) {
    if (automatic) transaction_.reset();
    throw explain_missing_snapshot(*lake_, error);
  } catch (...) {
    if (automatic) transaction_.reset();
    throw;
  }
}

// The engine writes nowhere but in the lake's folder.
int64_t LakeSession::write_parquet(ArrowStream rows, const std::string& path) {
  const fs::path folder = root_->path() / kSpillFolder;
  make_directories(folder);
  const fs::path draft = folder / ("parquet_" + random_hex());
  try {
    const std::shared_ptr<engine::Connection> writer = lake_->connect();
    // Views are shared by all connections: each stream has a name of its own.
    const std::string written = "written_" + random_hex();
    writer->scan_stream(written, rows.get());
    const int64_t count =
        writer->run("COPY (FROM " + written + ") TO " + model::quote_literal(draft.string()) +
                    " (FORMAT parquet, COMPRESSION zstd)");
    writer->run("DROP VIEW IF EXISTS " + written);
    rows.reset();
    sync_file(draft);
    const fs::path part = path + ".part";
    remove_quietly(part);
    link_or_copy(draft, part);
    remove_quietly(draft);
    if (::rename(part.c_str(), path.c_str()) != 0) throw_errno(errno, "rename", part);
    return count;
  } catch (...) {
    remove_quietly(draft);
    throw;
  }
}

}  // namespace hotload::lake
