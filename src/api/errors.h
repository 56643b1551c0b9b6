// SPDX-License-Identifier: Apache-2.0
// Error bodies of the API: {"error": {"code", "message"}}, with "reason", hotload's own word, for
// what was an Error. The server throws a Failure and makes a body of it; the client makes an Error
// of a body. Clients match some texts: they are named here.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "hotload/error.h"

namespace hotload::api {

// Codes that clients tell apart.
inline constexpr const char* kBadRequest = "BAD_REQUEST";
inline constexpr const char* kUnauthorized = "UNAUTHORIZED";
inline constexpr const char* kForbidden = "FORBIDDEN";
inline constexpr const char* kNotFound = "NOT_FOUND";
inline constexpr const char* kConflict = "CONFLICT";               // terminal
inline constexpr const char* kResourceLocked = "RESOURCE_LOCKED";  // retried
inline constexpr const char* kIdempotencyConflict = "IDEMPOTENCY_KEY_CONFLICT";
inline constexpr const char* kInlineTooLarge = "INLINE_DATA_TOO_LARGE";
inline constexpr const char* kResultTooLarge = "RESULT_TOO_LARGE";
inline constexpr const char* kOverloaded = "OVERLOADED";
inline constexpr const char* kUnavailable = "UNAVAILABLE";
inline constexpr const char* kCanceled = "CANCELED";  // by the client's own wish: not sent again
inline constexpr const char* kNotImplemented = "NOT_IMPLEMENTED";
inline constexpr const char* kInternal = "INTERNAL";
// Ours, of a body that has none: {"result_id", "status": "failed", "error_message"}.
inline constexpr const char* kResultFailed = "RESULT_FAILED";

// Texts that clients look for in messages.
inline constexpr const char* kTextNotFound = "not found";
inline constexpr const char* kTextAlreadyExists = "already exists";
inline constexpr const char* kTextNoDeclaredKey = "no declared key";

// An answer that is no success.
class Failure : public std::runtime_error {
 public:
  Failure(int status, std::string code, const std::string& message,
          std::optional<int> retry_after_s = {}, std::optional<ErrorCode> reason = {})
      : std::runtime_error(message),
        status_(status),
        code_(std::move(code)),
        retry_after_s_(retry_after_s),
        reason_(reason) {}

  int status() const { return status_; }
  const std::string& code() const { return code_; }
  std::optional<int> retry_after_s() const { return retry_after_s_; }
  // The error that it was: several have one status and code.
  std::optional<ErrorCode> reason() const { return reason_; }

 private:
  int status_;
  std::string code_;
  std::optional<int> retry_after_s_;
  std::optional<ErrorCode> reason_;
};

// Whether the same request may succeed later, with nothing changed in it.
bool may_succeed_later(const Failure& failure);
// What the current exception is as an answer.
Failure failure_of_current();

Failure bad_request(const std::string& message);
Failure not_found(const std::string& what);       // "`what` not found"
Failure already_exists(const std::string& what);  // "`what` already exists"
// The holder of a folder takes no writes from others: not to be sent again, though it may be locked
// no more later.
Failure reads_alone(const std::string& why);

// The one table from an error to a status and a code.
Failure failure_of(const Error& error);
// What a client makes of an answer: the inverse; without a reason, as far as a status can tell.
Error error_of(int status, const std::string& body);
// The code that such a body has; empty: none.
std::string code_of_body(const std::string& body);

boost::json::object to_json(const Failure& failure);

}  // namespace hotload::api
