// SPDX-License-Identifier: Apache-2.0
#include "engine/connection.h"

#include "engine/error.h"
#include "engine/result.h"

namespace hotload::engine {

Connection::Connection(Instance& instance) : instance_(instance) {
  if (duckdb_connect(instance.handle(), &connection_) == DuckDBError) {
    throw Error(ErrorCode::kUnavailable, "the engine takes no connection");
  }
  instance_.add(connection_);
}

Connection::~Connection() {
  instance_.remove(connection_);
  duckdb_disconnect(&connection_);
}

void Connection::fail(duckdb_error_type type, const char* message) {
  const std::string_view text = message != nullptr ? message : "the engine gave no reason";
  if (classify(type, text) == ErrorCode::kUnavailable) instance_.mark_dead();
  throw_error(type, text);
}

int64_t Connection::run(const std::string& sql) {
  Result result;
  if (duckdb_query(connection_, sql.c_str(), result.get()) == DuckDBError) {
    fail(duckdb_result_error_type(result.get()), duckdb_result_error(result.get()));
  }
  return static_cast<int64_t>(duckdb_rows_changed(result.get()));
}

std::vector<Row> Connection::rows(const std::string& sql) {
  Result result;
  if (duckdb_query(connection_, sql.c_str(), result.get()) == DuckDBError) {
    fail(duckdb_result_error_type(result.get()), duckdb_result_error(result.get()));
  }
  const idx_t width = duckdb_column_count(result.get());
  const idx_t height = duckdb_row_count(result.get());
  std::vector<Row> rows(height, Row(width));
  for (idx_t y = 0; y < height; ++y) {
    for (idx_t x = 0; x < width; ++x) {
      if (duckdb_value_is_null(result.get(), x, y)) continue;
      duckdb_string value = duckdb_value_string(result.get(), x, y);
      if (value.data != nullptr) rows[y][x].emplace(value.data, value.size);
      duckdb_free(value.data);
    }
  }
  return rows;
}

std::optional<std::string> Connection::text(const std::string& sql) {
  std::vector<Row> all = rows(sql);
  if (all.empty() || all[0].empty()) return std::nullopt;
  return all[0][0];
}

int64_t Connection::integer(const std::string& sql) {
  const std::optional<std::string> value = text(sql);
  return value ? std::stoll(*value) : 0;
}

void Connection::scan_stream(const std::string& name, ArrowArrayStream* stream) {
  if (duckdb_arrow_scan(connection_, name.c_str(), reinterpret_cast<duckdb_arrow_stream>(stream)) ==
      DuckDBError) {
    const char* reason = stream->get_last_error ? stream->get_last_error(stream) : nullptr;
    throw Error(ErrorCode::kInvalidArgument,
                std::string("the Arrow stream cannot be read") +
                    (reason != nullptr ? std::string(": ") + reason : std::string()));
  }
}

}  // namespace hotload::engine
