// SPDX-License-Identifier: Apache-2.0
// What plain Hotdata cannot do.
#pragma once

#include <string>

#include "hotload/error.h"

namespace hotload::plain {

inline Error unsupported(const std::string& what) {
  return {ErrorCode::kUnsupported,
          what + ": plain Hotdata has no call for it; a server of hotload's own and a folder can"};
}

}  // namespace hotload::plain
