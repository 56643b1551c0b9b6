// SPDX-License-Identifier: Apache-2.0
// Upkeep of one lake: joins small files, expires snapshots past the retention, removes files that
// nobody owns and loads that nobody continues. Never beside a writer; never a file that a reader
// may still need.
#pragma once

#include "hotload/database.h"
#include "lake/lake.h"

namespace hotload::lake {

MaintenanceReport maintain_lake(Lake& lake, const MaintenanceOptions& options);

// After the commit that made `snapshot`: now and then a small share of maintenance, when it pays
// and nobody is in the door. Never throws, never waits.
void maintain_after_commit(Lake& lake, int64_t snapshot) noexcept;

}  // namespace hotload::lake
