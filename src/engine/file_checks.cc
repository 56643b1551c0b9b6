// SPDX-License-Identifier: Apache-2.0
#include "engine/file_checks.h"

#include <cmath>
#include <string_view>

#include "hotload/error.h"
#include "model/number.h"

namespace hotload::engine {

namespace {

bool is_valid(const uint64_t* validity, idx_t row) {
  return validity == nullptr || duckdb_validity_row_is_valid(const_cast<uint64_t*>(validity), row);
}

template <typename Float>
bool holds_nan(const void* data, const uint64_t* validity, idx_t rows) {
  const auto* values = static_cast<const Float*>(data);
  for (idx_t row = 0; row < rows; ++row) {
    if (std::isnan(values[row]) && is_valid(validity, row)) return true;
  }
  return false;
}

bool any_nan(duckdb_vector vector, idx_t rows) {
  duckdb_logical_type type = duckdb_vector_get_column_type(vector);
  const duckdb_type id = duckdb_get_type_id(type);
  duckdb_destroy_logical_type(&type);
  const void* data = duckdb_vector_get_data(vector);
  const uint64_t* validity = duckdb_vector_get_validity(vector);
  if (id == DUCKDB_TYPE_DOUBLE) return holds_nan<double>(data, validity, rows);
  if (id == DUCKDB_TYPE_FLOAT) return holds_nan<float>(data, validity, rows);
  return false;
}

bool any_null(duckdb_vector vector, idx_t rows) {
  const uint64_t* validity = duckdb_vector_get_validity(vector);
  for (idx_t row = 0; row < rows; ++row) {
    if (!is_valid(validity, row)) return true;
  }
  return false;
}

bool decoded(duckdb_vector, idx_t) { return false; }

// Runs a check over each column of the chunk. The first row bears the answer of all.
template <bool (*Check)(duckdb_vector, idx_t)>
void check_columns(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  const idx_t rows = duckdb_data_chunk_get_size(input);
  auto* found = static_cast<bool*>(duckdb_vector_get_data(output));
  std::fill_n(found, rows, false);
  const idx_t columns = duckdb_data_chunk_get_column_count(input);
  for (idx_t column = 0; column < columns && rows > 0 && !found[0]; ++column) {
    found[0] = Check(duckdb_data_chunk_get_vector(input, column), rows);
  }
}

void register_and_free(duckdb_connection connection, duckdb_scalar_function function,
                       const char* name) {
  const duckdb_state state = duckdb_register_scalar_function(connection, function);
  duckdb_destroy_scalar_function(&function);
  if (state == DuckDBError) {
    throw Error(ErrorCode::kInternal, std::string("the engine does not take ") + name);
  }
}

void decimals_of_texts(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  const idx_t rows = duckdb_data_chunk_get_size(input);
  duckdb_vector vector = duckdb_data_chunk_get_vector(input, 0);
  auto* texts = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  const uint64_t* validity = duckdb_vector_get_validity(vector);
  auto* counts = static_cast<int32_t*>(duckdb_vector_get_data(output));
  for (idx_t row = 0; row < rows; ++row) {
    counts[row] = is_valid(validity, row) ? model::decimals_of({duckdb_string_t_data(&texts[row]),
                                                                duckdb_string_t_length(texts[row])})
                                          : 0;
  }
}

void add_decimals(duckdb_connection connection) {
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_logical_type integer = duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
  duckdb_scalar_function_set_name(function, "hotload_decimals");
  duckdb_scalar_function_add_parameter(function, text);
  duckdb_scalar_function_set_return_type(function, integer);
  duckdb_scalar_function_set_function(function, decimals_of_texts);
  duckdb_destroy_logical_type(&integer);
  duckdb_destroy_logical_type(&text);
  register_and_free(connection, function, "hotload_decimals");
}

void add(duckdb_connection connection, const char* name, duckdb_scalar_function_t check) {
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_logical_type any = duckdb_create_logical_type(DUCKDB_TYPE_ANY);
  duckdb_logical_type boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_scalar_function_set_name(function, name);
  duckdb_scalar_function_set_varargs(function, any);
  duckdb_scalar_function_set_return_type(function, boolean);
  duckdb_scalar_function_set_special_handling(function);  // NULLs are ours to see
  duckdb_scalar_function_set_volatile(function);          // never folded away
  duckdb_scalar_function_set_function(function, check);
  duckdb_destroy_logical_type(&boolean);
  duckdb_destroy_logical_type(&any);
  register_and_free(connection, function, name);
}

}  // namespace

void register_file_checks(duckdb_connection connection) {
  add(connection, "hotload_any_nan", check_columns<any_nan>);
  add(connection, "hotload_any_null", check_columns<any_null>);
  add(connection, "hotload_decode", check_columns<decoded>);
  add_decimals(connection);
}

}  // namespace hotload::engine
