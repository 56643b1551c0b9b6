// SPDX-License-Identifier: Apache-2.0
// The nouns that cross every interface as plain values: columns, tables, load keys, receipts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hotload {

struct Column {
  std::string name;
  // A SQL type of the engine: "BIGINT", "DECIMAL(38,9)", "TIMESTAMP WITH TIME ZONE",
  // "STRUCT(a BIGINT, b VARCHAR[])", ... (model/type.h parses it and knows the aliases).
  std::string type;
  bool nullable = true;

  bool operator==(const Column&) const = default;
};

// What one transform of a partition key is applied to: {"identity"|"year"|"month"|"day"|"hour"|
// "bucket", column, buckets (bucket only)}.
struct PartitionField {
  std::string transform;
  std::string column;
  int64_t buckets = 0;

  bool operator==(const PartitionField&) const = default;
};

struct TableInfo {
  std::string schema;
  std::string name;
  std::vector<Column> columns;
  int64_t rows = 0;
  int64_t files = 0;
  int64_t size_bytes = 0;
};

// Names one load for ever. Committing the same key again changes nothing.
struct LoadKey {
  std::string schema;       // the schema (dlt: dataset) that the load writes to
  std::string schema_name;  // dlt's schema name; empty for loads from elsewhere
  std::string load_id;

  bool operator==(const LoadKey&) const = default;
};

// What a committed load did to one table. `inserted` rows are new, `updated` ones replaced a row
// of the same key, `deleted` ones are gone.
struct TableReceipt {
  std::string table;
  int64_t inserted = 0;
  int64_t updated = 0;
  int64_t deleted = 0;
  int64_t files = 0;       // data files that the load added
  int64_t size_bytes = 0;  // of those files
  int64_t adopted = 0;     // how many of the files were taken without rewriting
  bool created = false;
  bool dropped = false;
  bool truncated = false;

  bool operator==(const TableReceipt&) const = default;
};

struct Receipt {
  LoadKey key;
  int64_t snapshot = 0;      // the version of the database that the load made
  std::string committed_at;  // ISO 8601, UTC, microseconds: "2026-01-31T12:00:00.123456Z"
  std::vector<TableReceipt> tables;

  bool operator==(const Receipt&) const = default;
};

}  // namespace hotload
