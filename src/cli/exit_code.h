// SPDX-License-Identifier: Apache-2.0
// What the program's exit codes mean, and the one table from an error to its code.
#pragma once

#include "hotload/error.h"

namespace hotload::cli {

inline constexpr int kOk = 0;
inline constexpr int kFindings = 1;       // scrub found something
inline constexpr int kUsage = 2;          // the command line makes no sense; nothing was done
inline constexpr int kTerminal = 3;       // fails again until something is changed
inline constexpr int kTransient = 4;      // the same command may succeed later
inline constexpr int kInterrupted = 130;  // Ctrl-C

inline int exit_code(ErrorCode code) {
  if (code == ErrorCode::kCanceled) return kInterrupted;
  return is_transient(code) ? kTransient : kTerminal;
}

// A command line that makes no sense: kUsage.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ErrorCode::kInvalidArgument, message) {}
};

}  // namespace hotload::cli
