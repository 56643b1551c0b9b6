// SPDX-License-Identifier: Apache-2.0
// Compares what the catalog says with what lies on disk. Reads every file; changes nothing.
#pragma once

#include "hotload/database.h"
#include "lake/lake.h"

namespace hotload::lake {

ScrubReport scrub_lake(Lake& lake);

}  // namespace hotload::lake
