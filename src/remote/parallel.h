// SPDX-License-Identifier: Apache-2.0
// Independent work on a few threads.
#pragma once

#include <cstdint>
#include <functional>

namespace hotload::remote {

// Runs `work` for 0 .. count-1, at most `parallel` at once. Once one throws no other begins; its
// exception comes when all that run have ended.
void run_parallel(size_t count, int64_t parallel, const std::function<void(size_t)>& work);

}  // namespace hotload::remote
