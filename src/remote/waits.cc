// SPDX-License-Identifier: Apache-2.0
#include "remote/waits.h"

#include <atomic>

namespace hotload::remote {

static std::atomic<WaitListener> current = nullptr;

void tell_waits_to(WaitListener listener) { current = listener; }

void tell_wait(const std::string& line) {
  if (const WaitListener listener = current) listener(line);
}

}  // namespace hotload::remote
