// SPDX-License-Identifier: Apache-2.0
#include "api/errors.h"

#include <array>

namespace hotload::api {

namespace {

struct Entry {
  ErrorCode error;
  int status;
  const char* code;
};

// Where an Error leaves the server. The order matters to error_of: the first of a status and code.
constexpr std::array kEntries{
    Entry{ErrorCode::kInvalidArgument, 400, kBadRequest},
    Entry{ErrorCode::kBadFile, 400, "BAD_FILE"},
    Entry{ErrorCode::kConstraint, 400, "CONSTRAINT"},
    Entry{ErrorCode::kPermission, 400, "REFUSED"},
    Entry{ErrorCode::kNotFound, 404, kNotFound},
    Entry{ErrorCode::kExpired, 404, "EXPIRED"},
    Entry{ErrorCode::kAlreadyExists, 409, kConflict},
    Entry{ErrorCode::kTypeMismatch, 409, kConflict},
    Entry{ErrorCode::kFailedPrecondition, 409, kConflict},
    Entry{ErrorCode::kUnsupported, 501, kNotImplemented},
    Entry{ErrorCode::kConflict, 409, kResourceLocked},
    Entry{ErrorCode::kLocked, 409, kResourceLocked},
    Entry{ErrorCode::kExhausted, 503, kOverloaded},
    Entry{ErrorCode::kTimeout, 503, "TIMEOUT"},
    Entry{ErrorCode::kUnavailable, 503, kUnavailable},
    Entry{ErrorCode::kCanceled, 503, kCanceled},
    Entry{ErrorCode::kChanged, 503, "CHANGED"},
    Entry{ErrorCode::kIo, 500, "IO"},
    Entry{ErrorCode::kVersion, 500, "VERSION"},
    Entry{ErrorCode::kCorrupt, 500, "CORRUPT"},
    Entry{ErrorCode::kInternal, 500, kInternal},
};

constexpr int kRetryAfterSeconds = 1;

ErrorCode code_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return ErrorCode::kPermission;
    case 404:
      return ErrorCode::kNotFound;
    case 408:
    case 425:
      return ErrorCode::kTimeout;
    case 409:
      return ErrorCode::kConflict;
    case 429:
      return ErrorCode::kExhausted;
    case 501:
      return ErrorCode::kUnsupported;
    default:
      return status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument;
  }
}

std::string plain_message(int status) {
  if (status == 407) {
    return "the proxy asks who we are (407): its variable is http://USER:PASSWORD@HOST:PORT";
  }
  return "the server answers " + std::to_string(status);
}

// What an error's body says; empty: nothing.
struct Told {
  std::string code;
  std::string message;
  std::string reason;
};

std::string text_of(const boost::json::object& object, const char* field) {
  const boost::json::value* found = object.if_contains(field);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
}

Told told_by(const std::string& body) {
  boost::system::error_code failed;
  const boost::json::value parsed = boost::json::parse(body, failed);
  const boost::json::object* top = failed ? nullptr : parsed.if_object();
  if (top == nullptr) return {};
  if (text_of(*top, "status") == "failed") {
    return {kResultFailed, text_of(*top, "error_message"), ""};
  }
  const boost::json::value* error = top->if_contains("error");
  if (error == nullptr || !error->is_object()) return {"", text_of(*top, "error"), ""};
  const boost::json::object& inner = error->get_object();
  return {text_of(inner, "code"), text_of(inner, "message"), text_of(inner, "reason")};
}

}  // namespace

bool may_succeed_later(const Failure& failure) {
  if (failure.status() >= 500) return failure.status() != 501;
  return failure.code() == kResourceLocked || failure.code() == kOverloaded;
}

Failure failure_of_current() {
  try {
    throw;
  } catch (const Failure& failure) {
    return failure;
  } catch (const Error& error) {
    return failure_of(error);
  } catch (const std::exception& error) {
    return {500, kInternal, error.what()};
  }
}

Failure bad_request(const std::string& message) { return {400, kBadRequest, message}; }

Failure not_found(const std::string& what) { return {404, kNotFound, what + " " + kTextNotFound}; }

Failure already_exists(const std::string& what) {
  return {409, kConflict, what + " " + kTextAlreadyExists};
}

Failure reads_alone(const std::string& why) {
  return {403, kForbidden, why, {}, ErrorCode::kLocked};
}

Failure failure_of(const Error& error) {
  for (const Entry& entry : kEntries) {
    if (entry.error != error.code()) continue;
    const bool retry = error.transient() && entry.status != 500;
    return {entry.status, entry.code, error.what(),
            retry ? std::optional<int>(kRetryAfterSeconds) : std::nullopt, error.code()};
  }
  return {500, kInternal, error.what(), {}, error.code()};
}

std::string code_of_body(const std::string& body) { return told_by(body).code; }

Error error_of(int status, const std::string& body) {
  const Told told = told_by(body);
  const std::string message = told.message.empty() ? plain_message(status) : told.message;
  if (!told.reason.empty()) return {error_code_from(told.reason), message};
  if (told.code == kResultFailed) return {ErrorCode::kInvalidArgument, message};
  for (const Entry& entry : kEntries) {
    if (entry.status == status && entry.code == told.code) return {entry.error, message};
  }
  return {code_of_status(status), message};
}

boost::json::object to_json(const Failure& failure) {
  boost::json::object error{{"code", failure.code()}, {"message", failure.what()}};
  if (failure.reason()) error["reason"] = to_string(*failure.reason());
  return {{"error", std::move(error)}};
}

}  // namespace hotload::api
