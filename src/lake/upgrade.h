// SPDX-License-Identifier: Apache-2.0
// Brings a catalog that an older DuckLake wrote to the engine's own version.
#pragma once

#include "engine/connection.h"
#include "hotload/error.h"
#include "lake/files.h"

namespace hotload::lake {

// Whether the engine refused to attach a catalog because it is older than the engine.
bool is_older_catalog(const Error& error);
// What the engine says when it cannot open `catalog`, in our words: kVersion for one of a newer
// DuckLake; else the error itself.
Error explain_catalog_error(const Error& error, const fs::path& catalog);

// Upgrades a copy of the catalog and puts it in the catalog's place in one step; the old one stays
// beside it as catalog.ducklake.old. Data files stay as they are. A crash leaves either the old
// catalog or the new one. Nobody may have it attached.
void upgrade_catalog(engine::Connection& connection, const fs::path& catalog,
                     const fs::path& data_folder);

}  // namespace hotload::lake
