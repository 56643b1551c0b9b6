// SPDX-License-Identifier: Apache-2.0
// Words and kinds of the error codes, in one table.
#include "hotload/error.h"

#include <array>

namespace hotload {
namespace {

struct Entry {
  ErrorCode code;
  std::string_view word;
  bool transient;
};

constexpr std::array kEntries{
    Entry{ErrorCode::kInvalidArgument, "invalid_argument", false},
    Entry{ErrorCode::kNotFound, "not_found", false},
    Entry{ErrorCode::kAlreadyExists, "already_exists", false},
    Entry{ErrorCode::kTypeMismatch, "type_mismatch", false},
    Entry{ErrorCode::kConstraint, "constraint", false},
    Entry{ErrorCode::kBadFile, "bad_file", false},
    Entry{ErrorCode::kUnsupported, "unsupported", false},
    Entry{ErrorCode::kPermission, "permission", false},
    Entry{ErrorCode::kVersion, "version", false},
    Entry{ErrorCode::kCorrupt, "corrupt", false},
    Entry{ErrorCode::kFailedPrecondition, "failed_precondition", false},
    Entry{ErrorCode::kExpired, "expired", false},
    Entry{ErrorCode::kConflict, "conflict", true},
    Entry{ErrorCode::kLocked, "locked", true},
    Entry{ErrorCode::kTimeout, "timeout", true},
    Entry{ErrorCode::kExhausted, "exhausted", true},
    Entry{ErrorCode::kUnavailable, "unavailable", true},
    Entry{ErrorCode::kIo, "io", true},
    Entry{ErrorCode::kChanged, "changed", true},
    Entry{ErrorCode::kCanceled, "canceled", true},
    Entry{ErrorCode::kInternal, "internal", true},
};

}  // namespace

std::string_view to_string(ErrorCode code) {
  for (const Entry& entry : kEntries) {
    if (entry.code == code) return entry.word;
  }
  return "internal";
}

ErrorCode error_code_from(std::string_view word) {
  for (const Entry& entry : kEntries) {
    if (entry.word == word) return entry.code;
  }
  return ErrorCode::kInternal;
}

bool is_transient(ErrorCode code) {
  for (const Entry& entry : kEntries) {
    if (entry.code == code) return entry.transient;
  }
  return true;
}

}  // namespace hotload
