// SPDX-License-Identifier: Apache-2.0
// RAII over a connection and its statements. A connection serves one thread at a time, except
// interrupt(). The instance must outlive it; streams keep their connection by shared ownership.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "duckdb.h"
#include "engine/instance.h"
#include "hotload/arrow.h"
#include "hotload/database.h"

namespace hotload::engine {

// Small results as text; nullopt is NULL.
using Row = std::vector<std::optional<std::string>>;

class Connection {
 public:
  explicit Connection(Instance& instance);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs all statements of `sql`. Returns the rows changed by the last one, 0 for a query.
  int64_t run(const std::string& sql);
  std::vector<Row> rows(const std::string& sql);
  // The first column of the first row; nullopt when NULL or no row.
  std::optional<std::string> text(const std::string& sql);
  int64_t integer(const std::string& sql);  // NULL and no row: 0
  // Makes `name` a temporary view over the stream, which is read once by the next statement.
  void scan_stream(const std::string& name, ArrowArrayStream* stream);

  // Ends what runs now with kCanceled. From any thread.
  void interrupt() { duckdb_interrupt(connection_); }
  // Percent done of the running statement, -1 when unknown. From any thread.
  double progress() const { return duckdb_query_progress(connection_).percentage; }

  duckdb_connection handle() const { return connection_; }
  Instance& instance() const { return instance_; }
  [[noreturn]] void fail(duckdb_error_type type, const char* message);

 private:
  Instance& instance_;
  duckdb_connection connection_ = nullptr;
};

enum class StatementKind {
  kRead,
  kWrite,        // rows of some table
  kSchema,       // CREATE, ALTER, DROP
  kTransaction,  // BEGIN, COMMIT, ROLLBACK
  kSetting,      // SET, USE
  kOther,        // what reaches beyond tables: ATTACH, COPY, CALL, PRAGMA, ...
};

// Whether it may change what a database holds.
constexpr bool writes(StatementKind kind) {
  return kind == StatementKind::kWrite || kind == StatementKind::kSchema;
}

struct QueryHooks {
  // Called before each statement is run; throwing refuses it.
  std::function<void(StatementKind)> before;
  // Called once when the stream is released.
  std::function<void()> on_end;
};

// Runs the statements of `sql`, the last one with `parameters`, and streams its rows in bounded
// memory (all at once when it writes). The connection lives until the stream is released.
// `rows_changed` becomes -1 for a query.
ArrowStream stream_query(std::shared_ptr<Connection> connection, const std::string& sql,
                         const std::vector<Parameter>& parameters, int64_t* rows_changed,
                         QueryHooks hooks = {});

// Runs the statements of `sql` one by one, each after `before` has let it pass, and drops rows.
void run_statements(Connection& connection, const std::string& sql,
                    const std::function<void(StatementKind)>& before);
// Runs nothing: parses `sql` and shows `before` the statements that could run as things are.
void check_statements(Connection& connection, const std::string& sql,
                      const std::function<void(StatementKind)>& before);

}  // namespace hotload::engine
