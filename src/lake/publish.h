// SPDX-License-Identifier: Apache-2.0
// Brings a fork's net change into the database that it was made from, as one commit there.
#pragma once

#include <string>
#include <vector>

#include "lake/root.h"

namespace hotload::lake {

// See Workspace::publish_database.
std::vector<Receipt> publish_lake(Root& root, const std::string& fork);

}  // namespace hotload::lake
