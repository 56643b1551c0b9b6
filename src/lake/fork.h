// SPDX-License-Identifier: Apache-2.0
// A new database with another one's tables and history; data files are hard links.
#pragma once

#include <memory>
#include <string>

#include "lake/lake.h"
#include "lake/root.h"

namespace hotload::lake {

// Throws kNotFound for `from`, kAlreadyExists for `to`. A crash leaves nothing that counts.
std::shared_ptr<Lake> fork_lake(Root& root, const std::string& from, const std::string& to);

}  // namespace hotload::lake
