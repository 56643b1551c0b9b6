// SPDX-License-Identifier: Apache-2.0
// What lies where in a lake's folder:
//   ROOT/hotload.json            the format's version
//   ROOT/lock                    see lock.h
//   ROOT/spill/                  the engine's temporary files
//   ROOT/.fork-RANDOM/           a fork in the making; removed when the lake is opened
//   ROOT/NAME/database.json      written last: a database without it does not exist
//   ROOT/NAME/catalog.ducklake   the catalog (and its .wal)
//   ROOT/NAME/origin.json        of a fork: the database that it was made from, and when
//   ROOT/NAME/data/              Parquet files
//   ROOT/NAME/staging/LOAD/      one folder a load that is not committed yet
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lake/files.h"

namespace hotload::lake {

inline constexpr const char* kFormatFile = "hotload.json";
inline constexpr const char* kSpillFolder = "spill";
inline constexpr const char* kDatabaseFile = "database.json";
inline constexpr const char* kCatalogFile = "catalog.ducklake";
inline constexpr const char* kOriginFile = "origin.json";
inline constexpr const char* kDataFolder = "data";
inline constexpr const char* kStagingFolder = "staging";
inline constexpr const char* kForkPrefix = ".fork-";
inline constexpr int kFormatVersion = 1;
// The schema of hotload's own tables in each database.
inline constexpr const char* kOwnSchema = "_hotload";

// Marks a new folder as a lake. Throws kVersion when a newer hotload wrote it, kInvalidArgument
// when the folder holds something else.
void check_or_write_format(const fs::path& root);
// The same check, which leaves the folder as it is: whether it is a lake already.
bool check_format(const fs::path& root);

// Makes a database of a finished folder: without this file it does not exist.
void write_database_file(const fs::path& folder);

// What a fork was made from.
struct Origin {
  std::string database;
  int64_t snapshot = 0;
};
void write_origin(const fs::path& folder, const Origin& origin);
// nullopt for a database that is no fork.
std::optional<Origin> read_origin(const fs::path& folder);

}  // namespace hotload::lake
