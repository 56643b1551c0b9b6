// SPDX-License-Identifier: Apache-2.0
// Files and streams as SQL relations, and the projection that brings their columns to a table's.
#pragma once

#include <string>
#include <vector>

#include "engine/connection.h"
#include "hotload/load.h"
#include "hotload/types.h"
#include "lake/files.h"

namespace hotload::lake {

// A Parquet file as a relation.
std::string parquet_relation(const fs::path& parquet);

// Names and canonical types of a relation's columns.
std::vector<Column> describe(engine::Connection& connection, const std::string& relation);

struct Projection {
  std::string select;      // "CAST(a AS BIGINT) AS a, b, ..."
  bool adoptable = false;  // Parquet of these columns can be taken as it is
};

// From typed columns (Parquet, Arrow). Throws kTypeMismatch for a column that the table does not
// have, or that can never be cast to its type.
Projection project(const std::vector<Column>& found, const std::vector<Column>& target);

// From the columns of a text file, as text_relation() reads them.
Projection project_text(const std::vector<Column>& found, const std::vector<Column>& target,
                        const StageOptions& options);

// How integers of jsonl are read: as DOUBLE, which is quick and holds 53 bits of them, or as text.
enum class JsonIntegers { kAsDouble, kAsText };

// A relation over a jsonl or CSV file, plain, gzip or zstd, whose columns are those of `target`
// that the file may have; all of the file's when the target is empty.
std::string text_relation(engine::Connection& connection, const fs::path& path,
                          const std::vector<Column>& target, const StageOptions& options,
                          JsonIntegers integers = JsonIntegers::kAsText);

}  // namespace hotload::lake
