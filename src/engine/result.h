// SPDX-License-Identifier: Apache-2.0
// Move-only owners of the engine's result, chunk and statement handles.
#pragma once

#include <utility>

#include "duckdb.h"

namespace hotload::engine {

class Result {
 public:
  Result() = default;
  Result(Result&& other) noexcept : raw_(std::exchange(other.raw_, {})) {}
  Result& operator=(Result&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~Result() { duckdb_destroy_result(&raw_); }
  duckdb_result* get() { return &raw_; }

 private:
  duckdb_result raw_{};
};

class Chunk {
 public:
  explicit Chunk(duckdb_data_chunk raw) : raw_(raw) {}
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;
  ~Chunk() {
    if (raw_ != nullptr) duckdb_destroy_data_chunk(&raw_);
  }
  explicit operator bool() const { return raw_ != nullptr; }
  duckdb_data_chunk get() const { return raw_; }

 private:
  duckdb_data_chunk raw_;
};

class Statements {
 public:
  ~Statements() { duckdb_destroy_extracted(&raw_); }
  Statements() = default;
  Statements(const Statements&) = delete;
  Statements& operator=(const Statements&) = delete;
  duckdb_extracted_statements* get() { return &raw_; }

 private:
  duckdb_extracted_statements raw_ = nullptr;
};

class Prepared {
 public:
  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared() { duckdb_destroy_prepare(&raw_); }
  duckdb_prepared_statement* get() { return &raw_; }

 private:
  duckdb_prepared_statement raw_ = nullptr;
};

}  // namespace hotload::engine
