// SPDX-License-Identifier: Apache-2.0
// The files that a lake's catalog names, in whatever snapshot: data files, delete files, and what
// only waits to be deleted.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "lake/files.h"
#include "lake/lake.h"

namespace hotload::lake {

struct CatalogFile {
  bool deletes = false;  // positions of deleted rows, not rows
  int64_t id = 0;
  int64_t data_file_id = 0;  // of the file whose rows it deletes; its own id for a data file
  std::string schema;
  std::string table;
  fs::path path;
  bool relative = true;  // to its table: a lake that is moved takes it along
  int64_t rows = 0;      // or deleted positions
  int64_t size_bytes = 0;
  int64_t footer_bytes = 0;
  bool live = false;  // part of the newest snapshot
};

// In the connection's transaction, if one is open.
std::vector<CatalogFile> catalog_files(engine::Connection& connection, const Lake& lake);
// What maintenance has replaced and not removed yet. Nothing reads them but what began before.
std::set<fs::path> discarded_files(engine::Connection& connection, const Lake& lake);

}  // namespace hotload::lake
