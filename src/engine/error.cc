// SPDX-License-Identifier: Apache-2.0
#include "engine/error.h"

#include <array>
#include <utility>

namespace hotload::engine {

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Texts that say more than the engine's own kind. First match wins.
constexpr std::array<std::pair<std::string_view, ErrorCode>, 30> kByText{{
    {"database has been invalidated", ErrorCode::kUnavailable},
    {"No space left on device", ErrorCode::kExhausted},
    {"Disk quota exceeded", ErrorCode::kExhausted},
    {"Too many open files", ErrorCode::kExhausted},
    {"Out of Memory", ErrorCode::kExhausted},
    {"could not allocate", ErrorCode::kExhausted},
    {"failed to allocate", ErrorCode::kExhausted},
    {"failed to pin block", ErrorCode::kExhausted},
    {"failed to offload data block", ErrorCode::kExhausted},
    {"Could not set lock on file", ErrorCode::kLocked},
    {"Read-only file system", ErrorCode::kPermission},
    {"Permission denied", ErrorCode::kPermission},
    {"file system operations are disabled", ErrorCode::kPermission},
    {"read-only mode", ErrorCode::kPermission},
    {"Transaction conflict", ErrorCode::kConflict},
    {"conflict on", ErrorCode::kConflict},
    {"Conflict on", ErrorCode::kConflict},
    {"Failed to commit DuckLake transaction", ErrorCode::kConflict},
    {"Interrupted!", ErrorCode::kCanceled},
    {"NOT NULL constraint failed", ErrorCode::kConstraint},
    {"does not exist", ErrorCode::kNotFound},
    {"already exists", ErrorCode::kAlreadyExists},
    {"Invalid unicode", ErrorCode::kBadFile},
    {"Invalid string encoding", ErrorCode::kBadFile},
    {"No magic bytes", ErrorCode::kBadFile},
    {"too small to be a Parquet file", ErrorCode::kBadFile},
    {"Malformed JSON", ErrorCode::kBadFile},
    {"Invalid Input Error: Failed to read", ErrorCode::kBadFile},
    {"ZSTD Decompression failure", ErrorCode::kBadFile},
    {"which cannot hold the value", ErrorCode::kTypeMismatch},
}};

ErrorCode by_kind(duckdb_error_type type) {
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_RANGE:
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_DECIMAL:
    case DUCKDB_ERROR_MISMATCH_TYPE:
    case DUCKDB_ERROR_INVALID_TYPE:
    case DUCKDB_ERROR_UNKNOWN_TYPE:
      return ErrorCode::kTypeMismatch;
    case DUCKDB_ERROR_CONSTRAINT:
      return ErrorCode::kConstraint;
    case DUCKDB_ERROR_CATALOG:
      return ErrorCode::kNotFound;
    case DUCKDB_ERROR_NOT_IMPLEMENTED:
      return ErrorCode::kUnsupported;
    case DUCKDB_ERROR_PERMISSION:
      return ErrorCode::kPermission;
    case DUCKDB_ERROR_INTERRUPT:
      return ErrorCode::kCanceled;
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return ErrorCode::kExhausted;
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_HTTP:
    case DUCKDB_ERROR_NETWORK:
      return ErrorCode::kIo;
    case DUCKDB_ERROR_CONNECTION:
    case DUCKDB_ERROR_FATAL:
      return ErrorCode::kUnavailable;
    case DUCKDB_ERROR_INTERNAL:
    case DUCKDB_ERROR_INVALID:
    case DUCKDB_ERROR_NULL_POINTER:
    case DUCKDB_ERROR_SCHEDULER:
    case DUCKDB_ERROR_EXECUTOR:
      return ErrorCode::kInternal;
    default:  // parser, binder, settings, parameters, transactions, ...: the statement is wrong
      return ErrorCode::kInvalidArgument;
  }
}

// Of a catalog. Of other files, whoever reads them says what it means.
bool is_cut_catalog(std::string_view message) {
  return contains(message, "Could not read enough bytes") && contains(message, ".ducklake\"");
}

// A file of the lake is gone or overwritten: no retry brings it back.
bool is_damage(duckdb_error_type type, std::string_view message) {
  return type == DUCKDB_ERROR_SERIALIZATION ||
         (type == DUCKDB_ERROR_IO &&
          (contains(message, "not a valid DuckDB database file") ||
           contains(message, "Corrupt database file") || is_cut_catalog(message) ||
           contains(message, "No such file or directory")));
}

}  // namespace

ErrorCode classify(duckdb_error_type type, std::string_view message) {
  // An invalidated instance repeats the text of what killed it: its state counts, not the cause.
  if (type == DUCKDB_ERROR_FATAL) return ErrorCode::kUnavailable;
  if (is_damage(type, message)) return ErrorCode::kCorrupt;
  // A binder error quotes the user's SQL, which may hold any words.
  const bool texts_count = type != DUCKDB_ERROR_PARSER && type != DUCKDB_ERROR_SYNTAX;
  if (texts_count) {
    for (const auto& [text, code] : kByText) {
      if (contains(message, text)) return code;
    }
  }
  return by_kind(type);
}

std::string clean_message(std::string_view message) {
  for (std::string_view end :
       {"\n\nLINE ", "\nLINE ", "\n\nStack Trace", "\nDid you mean", "\nCandidate bindings",
        "\nPossible fixes", "\nPossible Solution", "\nPossible solutions", "\nTry setting"}) {
    if (auto at = message.find(end); at != std::string_view::npos && at > 0) {
      message = message.substr(0, at);
    }
  }
  // "Invalid Input Error: ", "TransactionContext Error: ": our code says that already.
  if (auto colon = message.find(" Error: "); colon != std::string_view::npos && colon < 30) {
    message.remove_prefix(colon + 8);
  }
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) {
    message.remove_suffix(1);
  }
  return std::string(message);
}

Error translate(duckdb_error_type type, std::string_view message) {
  const ErrorCode code = classify(type, message);
  std::string text = clean_message(message);
  if (code == ErrorCode::kCorrupt) {
    text += ". The lake is damaged: hotload scrub names the files; restore them from a copy";
  }
  return {code, text};
}

void throw_error(duckdb_error_type type, std::string_view message) {
  throw translate(type, message);
}

}  // namespace hotload::engine
