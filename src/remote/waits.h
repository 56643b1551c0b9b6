// SPDX-License-Identifier: Apache-2.0
// Calls that wait before they are sent again say so: who waits for minutes wants to know for what.
#pragma once

#include <cstdint>
#include <string>

namespace hotload::remote {

// Waits that are shorter are not worth a line.
constexpr int64_t kTellFromMs = 1000;

// Gets one line for each long wait, on whatever thread waits. It must not throw.
using WaitListener = void (*)(const std::string& line);

// nullptr: nobody is told. One listener a process.
void tell_waits_to(WaitListener listener);
void tell_wait(const std::string& line);

}  // namespace hotload::remote
