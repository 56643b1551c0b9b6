// SPDX-License-Identifier: Apache-2.0
// When a call is sent again, and after which time. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hotload::remote {

// What came of one attempt.
struct Attempt {
  std::string method;
  int status = 0;    // 0: no answer came
  std::string code;  // of the error body; empty: none
  int number = 1;    // 1: the first
  std::optional<int64_t> retry_after_s;
  // Whether doing it twice is as doing it once. GET, PUT and DELETE are by themselves.
  bool repeatable = true;
};

struct RetryPolicy {
  int max_attempts = 8;
  int max_unanswered = 8;       // of those to which no answer came
  int64_t first_wait_ms = 250;  // doubles from attempt to attempt
  int64_t max_wait_ms = 30'000;
};

// Whether the same call may succeed later: 408, 425, 429, 5xx but 501 and what was canceled, 409
// but with the code CONFLICT or IDEMPOTENCY_KEY_CONFLICT or of a result that has failed, and no
// answer at all.
bool is_transient_answer(int status, const std::string& code);

// How long to wait before the next attempt; none: it ends here. `chance` is from 0 to 1: up to half
// of the wait comes on top. A server that says when wins, but is not waited for longer than the
// longest wait.
std::optional<int64_t> wait_before_next(const RetryPolicy& policy, const Attempt& attempt,
                                        double chance);

}  // namespace hotload::remote
