// SPDX-License-Identifier: Apache-2.0
#include "remote/retry.h"

#include <algorithm>

#include "api/errors.h"

namespace hotload::remote {

bool is_transient_answer(int status, const std::string& code) {
  switch (status) {
    case 0:
    case 408:
    case 425:
    case 429:
      return true;
    case 409:
      return code != api::kConflict && code != api::kIdempotencyConflict &&
             code != api::kResultFailed;
    case 501:
      return false;
    default:
      return status >= 500 && code != api::kCanceled;
  }
}

std::optional<int64_t> wait_before_next(const RetryPolicy& policy, const Attempt& attempt,
                                        double chance) {
  if (attempt.number >= policy.max_attempts) return {};
  if (attempt.status == 0 && attempt.number >= policy.max_unanswered) return {};
  if (!is_transient_answer(attempt.status, attempt.code)) return {};
  // What was refused was not done; else nobody knows.
  const bool refused = attempt.status == 409 || attempt.status == 425 || attempt.status == 429;
  const bool repeatable = attempt.repeatable || attempt.method != "POST";
  if (!repeatable && !refused) return {};
  int64_t wait = policy.first_wait_ms;
  for (int i = 1; i < attempt.number && wait < policy.max_wait_ms; ++i) wait *= 2;
  wait = std::max(wait, attempt.retry_after_s.value_or(0) * 1000);
  wait = std::min(wait, policy.max_wait_ms);
  wait += static_cast<int64_t>(static_cast<double>(wait) * chance / 2);
  return std::min(wait, policy.max_wait_ms);
}

}  // namespace hotload::remote
