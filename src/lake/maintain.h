// SPDX-License-Identifier: Apache-2.0
// Upkeep of one lake: joins small files, expires snapshots past the retention, removes files that
// nobody owns and loads that nobody continues. Never beside a writer; never a file that a reader
// may still need.
#pragma once

#include "hotload/database.h"
#include "lake/lake.h"

namespace hotload::lake {

MaintenanceReport maintain_lake(Lake& lake, const MaintenanceOptions& options);

}  // namespace hotload::lake
