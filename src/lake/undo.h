// SPDX-License-Identifier: Apache-2.0
// Takes a load back: its net change, turned round, as a commit of its own.
#pragma once

#include <string>

#include "lake/lake.h"

namespace hotload::lake {

// The load id of the commit that undoes a load.
std::string undo_id(const std::string& load_id);

// See Database::undo.
Receipt undo_load(Lake& lake, const std::string& load_id);

}  // namespace hotload::lake
