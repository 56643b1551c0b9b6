// SPDX-License-Identifier: Apache-2.0
// Named points of staging and commit at which a crash test ends the process. With nothing in the
// environment a point costs one load of a flag.
#pragma once

#include <string_view>

namespace hotload::lake {

// HOTLOAD_FAILPOINT=NAME[:N] ends the process with SIGKILL at the N-th passing (default: first).
// HOTLOAD_FAILPOINT_LOG=PATH appends each passed point's name to a file.
void failpoint(std::string_view name);

}  // namespace hotload::lake
