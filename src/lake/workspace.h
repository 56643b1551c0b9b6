// SPDX-License-Identifier: Apache-2.0
// The embedded Workspace: a handle on a root.
#pragma once

#include <memory>

#include "hotload/workspace.h"
#include "lake/root.h"

namespace hotload::lake {

std::shared_ptr<Workspace> workspace_of(std::shared_ptr<Root> root);

}  // namespace hotload::lake
