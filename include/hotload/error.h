// SPDX-License-Identifier: Apache-2.0
// The one error of hotload. Everything that fails throws it; its code alone says whether a
// retry may help. What the engine, the system or a peer reports is translated once, in the
// folder that calls it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace hotload {

enum class ErrorCode {
  // Terminal: the same call fails again until somebody changes its input or the data.
  kInvalidArgument,  // a call, a name, an option or a statement that makes no sense
  kNotFound,  // a workspace, database, schema, table, column, load or snapshot that is not there
  kAlreadyExists,       // ... that is there already
  kTypeMismatch,        // a value or a column does not fit its declared type
  kConstraint,          // NOT NULL or a merge key is violated
  kBadFile,             // a staged file is damaged, foreign, or not what its format says
  kUnsupported,         // the engine or this implementation cannot do it, by design
  kPermission,          // a read-only folder, a refused statement, missing rights
  kVersion,             // the lake was written by a newer version
  kCorrupt,             // the lake itself is damaged; scrub tells where
  kFailedPrecondition,  // the database moved on: an undo or publish that would lose later rows
  kExpired,             // what is asked for lies before the retention
  // Transient: the same call may succeed later.
  kConflict,     // another writer committed first
  kLocked,       // another process holds the lake; the message names it
  kTimeout,      // waited for as long as was allowed
  kExhausted,    // disk or memory is full, or too many open files
  kUnavailable,  // the engine is restarting or the server cannot be reached
  kIo,           // reading or writing failed below us
  kChanged,      // another program changed the catalog under us
  kCanceled,     // interrupted by the caller
  kInternal,     // a fault of ours or of the engine
};

// "invalid_argument", "not_found", ...: the spelling in JSON, logs and Python.
std::string_view to_string(ErrorCode code);
// The inverse; kInternal for a word that is unknown.
ErrorCode error_code_from(std::string_view word);
bool is_transient(ErrorCode code);

class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }
  bool transient() const { return is_transient(code_); }

 private:
  ErrorCode code_;
};

}  // namespace hotload
