// SPDX-License-Identifier: Apache-2.0
// The checksums of a Parquet file's pages, which the engine does not look at: without them a
// flipped bit that still decodes would be a wrong value.
#pragma once

#include "engine/connection.h"
#include "lake/files.h"

namespace hotload::lake {

// Throws kBadFile for a page that does not match its checksum. Pages without one are not read; a
// file whose first page has none is taken for a file without, which costs a look at that page.
void check_page_checksums(engine::Connection& connection, const fs::path& parquet);

}  // namespace hotload::lake
