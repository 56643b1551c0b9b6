// SPDX-License-Identifier: Apache-2.0
// Query results as Arrow C streams: one chunk of the engine becomes one record batch, pulled when
// the consumer asks, so that memory does not grow with the result.
#include <cstring>
#include <string>

#include "engine/connection.h"
#include "engine/error.h"
#include "engine/result.h"

namespace hotload::engine {

namespace {

// What a stream owns. Used by one thread at a time.
struct StreamState {
  std::shared_ptr<Connection> connection;
  Result result;
  duckdb_arrow_options options = nullptr;
  std::function<void()> on_end;
  std::string last_error;

  ~StreamState() {
    if (options != nullptr) duckdb_destroy_arrow_options(&options);
    result = Result();  // before the connection that it reads from
    if (on_end) on_end();
  }
};

// EIO for what the engine reports; the message is kept for get_last_error.
int report(StreamState& state, duckdb_error_data error) {
  const char* message = duckdb_error_data_message(error);
  const std::string_view text = message != nullptr ? message : "conversion to Arrow failed";
  const Error translated = translate(duckdb_error_data_error_type(error), text);
  state.last_error = std::string(to_string(translated.code())) + ": " + translated.what();
  duckdb_destroy_error_data(&error);
  return EIO;
}

int get_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  auto& state = *static_cast<StreamState*>(stream->private_data);
  const idx_t width = duckdb_column_count(state.result.get());
  std::vector<duckdb_logical_type> types(width);
  std::vector<const char*> names(width);
  for (idx_t i = 0; i < width; ++i) {
    types[i] = duckdb_column_logical_type(state.result.get(), i);
    names[i] = duckdb_column_name(state.result.get(), i);
  }
  duckdb_error_data error =
      duckdb_to_arrow_schema(state.options, types.data(), names.data(), width, out);
  for (duckdb_logical_type& type : types) duckdb_destroy_logical_type(&type);
  return error != nullptr ? report(state, error) : 0;
}

int get_next(ArrowArrayStream* stream, ArrowArray* out) {
  auto& state = *static_cast<StreamState*>(stream->private_data);
  std::memset(out, 0, sizeof(*out));
  Chunk chunk(duckdb_fetch_chunk(*state.result.get()));
  if (!chunk) {
    const char* message = duckdb_result_error(state.result.get());
    if (message == nullptr) return 0;  // the end: `out` stays released
    const Error error = translate(duckdb_result_error_type(state.result.get()), message);
    if (error.code() == ErrorCode::kUnavailable) state.connection->instance().mark_dead();
    state.last_error = std::string(to_string(error.code())) + ": " + error.what();
    return EIO;
  }
  duckdb_error_data error = duckdb_data_chunk_to_arrow(state.options, chunk.get(), out);
  return error != nullptr ? report(state, error) : 0;
}

const char* get_last_error(ArrowArrayStream* stream) {
  auto& state = *static_cast<StreamState*>(stream->private_data);
  return state.last_error.empty() ? nullptr : state.last_error.c_str();
}

void release(ArrowArrayStream* stream) {
  delete static_cast<StreamState*>(stream->private_data);
  stream->private_data = nullptr;
  stream->release = nullptr;
}

void bind(Prepared& prepared, idx_t index, const Parameter& parameter) {
  duckdb_prepared_statement statement = *prepared.get();
  struct Binder {
    duckdb_prepared_statement statement;
    idx_t index;
    duckdb_state operator()(std::monostate) const { return duckdb_bind_null(statement, index); }
    duckdb_state operator()(bool v) const { return duckdb_bind_boolean(statement, index, v); }
    duckdb_state operator()(int64_t v) const { return duckdb_bind_int64(statement, index, v); }
    duckdb_state operator()(double v) const { return duckdb_bind_double(statement, index, v); }
    duckdb_state operator()(const std::string& v) const {
      return duckdb_bind_varchar_length(statement, index, v.data(), v.size());
    }
    duckdb_state operator()(const std::vector<uint8_t>& v) const {
      return duckdb_bind_blob(statement, index, v.data(), v.size());
    }
  };
  if (std::visit(Binder{statement, index}, parameter) == DuckDBError) {
    throw Error(ErrorCode::kInvalidArgument,
                "parameter " + std::to_string(index) + " does not fit the statement");
  }
}

void prepare(Connection& connection, Statements& statements, idx_t index, Prepared& prepared) {
  if (duckdb_prepare_extracted_statement(connection.handle(), *statements.get(), index,
                                         prepared.get()) == DuckDBError) {
    connection.fail(DUCKDB_ERROR_BINDER, duckdb_prepare_error(*prepared.get()));
  }
}

void bind_all(Prepared& prepared, const std::vector<Parameter>& parameters) {
  const idx_t wanted = duckdb_nparams(*prepared.get());
  if (wanted != parameters.size()) {
    throw Error(ErrorCode::kInvalidArgument, "the statement has " + std::to_string(wanted) +
                                                 " parameters, " +
                                                 std::to_string(parameters.size()) + " were given");
  }
  for (idx_t i = 0; i < wanted; ++i) bind(prepared, i + 1, parameters[i]);
}

// Returns how many there are, at least one.
idx_t extract(Connection& connection, const std::string& sql, Statements& statements) {
  const idx_t count = duckdb_extract_statements(connection.handle(), sql.c_str(), statements.get());
  if (count > 0) return count;
  const char* message = duckdb_extract_statements_error(*statements.get());
  if (message == nullptr) throw Error(ErrorCode::kInvalidArgument, "there is no statement to run");
  connection.fail(DUCKDB_ERROR_PARSER, message);
}

StatementKind kind_of(duckdb_statement_type type) {
  switch (type) {
    case DUCKDB_STATEMENT_TYPE_SELECT:
    case DUCKDB_STATEMENT_TYPE_EXPLAIN:
    case DUCKDB_STATEMENT_TYPE_RELATION:
      return StatementKind::kRead;
    case DUCKDB_STATEMENT_TYPE_INSERT:
    case DUCKDB_STATEMENT_TYPE_UPDATE:
    case DUCKDB_STATEMENT_TYPE_DELETE:
      return StatementKind::kWrite;
    case DUCKDB_STATEMENT_TYPE_CREATE:
    case DUCKDB_STATEMENT_TYPE_CREATE_FUNC:
    case DUCKDB_STATEMENT_TYPE_ALTER:
    case DUCKDB_STATEMENT_TYPE_DROP:
      return StatementKind::kSchema;
    case DUCKDB_STATEMENT_TYPE_TRANSACTION:
      return StatementKind::kTransaction;
    case DUCKDB_STATEMENT_TYPE_SET:
    case DUCKDB_STATEMENT_TYPE_VARIABLE_SET:
      return StatementKind::kSetting;
    default:
      return StatementKind::kOther;
  }
}

}  // namespace

ArrowStream stream_query(std::shared_ptr<Connection> connection, const std::string& sql,
                         const std::vector<Parameter>& parameters, int64_t* rows_changed,
                         QueryHooks hooks) {
  auto state = std::make_unique<StreamState>();
  state->connection = std::move(connection);
  Connection& on = *state->connection;
  Statements statements;
  const idx_t count = extract(on, sql, statements);
  bool wrote = false;
  for (idx_t i = 0; i < count; ++i) {
    const bool last = i + 1 == count;
    Prepared prepared;
    prepare(on, statements, i, prepared);
    const StatementKind kind = kind_of(duckdb_prepared_statement_type(*prepared.get()));
    if (hooks.before) hooks.before(kind);
    bind_all(prepared, last ? parameters : std::vector<Parameter>());
    wrote |= writes(kind);
    Result result;
    // A stream would end with the commit of what was written before it.
    const duckdb_state done = last && kind == StatementKind::kRead && !wrote
                                  ? duckdb_execute_prepared_streaming(*prepared.get(), result.get())
                                  : duckdb_execute_prepared(*prepared.get(), result.get());
    if (done == DuckDBError) {
      on.fail(duckdb_result_error_type(result.get()), duckdb_result_error(result.get()));
    }
    if (last) state->result = std::move(result);
  }
  if (rows_changed != nullptr) {
    const bool is_query =
        duckdb_result_return_type(*state->result.get()) == DUCKDB_RESULT_TYPE_QUERY_RESULT;
    *rows_changed = is_query ? -1 : static_cast<int64_t>(duckdb_rows_changed(state->result.get()));
  }
  state->options = duckdb_result_get_arrow_options(state->result.get());
  state->on_end = std::move(hooks.on_end);
  ArrowArrayStream raw{get_schema, get_next, get_last_error, release, state.release()};
  return ArrowStream(raw);
}

void run_statements(Connection& connection, const std::string& sql,
                    const std::function<void(StatementKind)>& before) {
  Statements statements;
  const idx_t count = extract(connection, sql, statements);
  for (idx_t i = 0; i < count; ++i) {
    Prepared prepared;
    prepare(connection, statements, i, prepared);
    before(kind_of(duckdb_prepared_statement_type(*prepared.get())));
    bind_all(prepared, {});
    Result result;
    if (duckdb_execute_prepared(*prepared.get(), result.get()) == DuckDBError) {
      connection.fail(duckdb_result_error_type(result.get()), duckdb_result_error(result.get()));
    }
  }
}

void check_statements(Connection& connection, const std::string& sql,
                      const std::function<void(StatementKind)>& before) {
  Statements statements;
  const idx_t count = extract(connection, sql, statements);
  for (idx_t i = 0; i < count; ++i) {
    Prepared prepared;
    if (duckdb_prepare_extracted_statement(connection.handle(), *statements.get(), i,
                                           prepared.get()) == DuckDBSuccess) {
      before(kind_of(duckdb_prepared_statement_type(*prepared.get())));
      continue;
    }
    const char* message = duckdb_prepare_error(*prepared.get());
    const std::string_view text = message != nullptr ? message : "";
    // What a statement names may come to be before it runs; what is closed to it stays so.
    if (classify(DUCKDB_ERROR_BINDER, text) == ErrorCode::kPermission) {
      connection.fail(DUCKDB_ERROR_BINDER, message);
    }
  }
}

}  // namespace hotload::engine
