// SPDX-License-Identifier: Apache-2.0
#include "remote/retry.h"

#include <gtest/gtest.h>

namespace hotload::remote {
namespace {

struct Row {
  int status;
  const char* code;
  bool transient;
};

// The table of the API: what its clients try again.
constexpr Row kRows[] = {
    {400, "BAD_REQUEST", false},
    {401, "UNAUTHORIZED", false},
    {403, "FORBIDDEN", false},
    {404, "NOT_FOUND", false},
    {413, "BODY_TOO_LARGE", false},
    {413, "INLINE_DATA_TOO_LARGE", false},
    {413, "RESULT_TOO_LARGE", false},
    {422, "", false},
    {501, "NOT_IMPLEMENTED", false},
    {503, "CANCELED", false},
    {501, "PRESIGN_UNSUPPORTED", false},
    {408, "", true},
    {425, "", true},
    {429, "OVERLOADED", true},
    {429, "", true},
    {500, "INTERNAL", true},
    {502, "", true},
    {503, "UNAVAILABLE", true},
    {503, "PERSISTENCE_UNAVAILABLE", true},
    {504, "", true},
    {599, "", true},
    {409, "CONFLICT", false},
    {409, "IDEMPOTENCY_KEY_CONFLICT", false},
    {409, "RESULT_FAILED", false},
    {409, "RESOURCE_LOCKED", true},
    {409, "", true},
    {0, "", true},
};

TEST(Retry, EachRowOfTheTable) {
  for (const Row& row : kRows) {
    EXPECT_EQ(is_transient_answer(row.status, row.code), row.transient)
        << row.status << " " << row.code;
    for (const char* method : {"GET", "PUT", "POST", "DELETE"}) {
      const auto wait = wait_before_next({}, {method, row.status, row.code}, 0);
      EXPECT_EQ(wait.has_value(), row.transient) << method << " " << row.status << " " << row.code;
    }
  }
}

TEST(Retry, WaitsDoubleUpToTheLongest) {
  const int64_t expected[] = {250, 500, 1000, 2000, 4000, 8000, 16000};
  for (int number = 1; number < 8; ++number) {
    EXPECT_EQ(wait_before_next({}, {"GET", 503, "", number}, 0), expected[number - 1]);
  }
  EXPECT_EQ(wait_before_next({}, {"GET", 503, "", 8}, 0), std::nullopt);
  EXPECT_EQ(wait_before_next({.max_attempts = 60}, {"GET", 503, "", 59}, 0), 30'000);
  EXPECT_EQ(wait_before_next({.max_attempts = 60}, {"GET", 503, "", 59}, 1), 30'000);
  EXPECT_EQ(wait_before_next({.max_attempts = 1}, {"GET", 503, "", 1}, 0), std::nullopt);
}

TEST(Retry, ChanceAddsUpToHalf) {
  EXPECT_EQ(wait_before_next({}, {"GET", 503, "", 2}, 1), 750);
  EXPECT_EQ(wait_before_next({}, {"GET", 503, "", 2}, 0.5), 625);
}

TEST(Retry, AServerThatSaysWhenIsHeededWithinLimits) {
  EXPECT_EQ(wait_before_next({}, {"GET", 429, "", 1, 3}, 0), 3000);
  EXPECT_EQ(wait_before_next({}, {"GET", 429, "", 7, 3}, 0), 16'000);
  EXPECT_EQ(wait_before_next({}, {"GET", 503, "", 1, 3600}, 0), 30'000);
  EXPECT_EQ(wait_before_next({}, {"GET", 400, "", 1, 1}, 0), std::nullopt);
}

TEST(Retry, WhoDoesNotAnswerMayHaveFewerAttempts) {
  const RetryPolicy policy{.max_unanswered = 2};
  EXPECT_TRUE(wait_before_next(policy, {.method = "GET", .status = 0, .number = 1}, 0));
  EXPECT_FALSE(wait_before_next(policy, {.method = "GET", .status = 0, .number = 2}, 0));
  EXPECT_TRUE(wait_before_next(policy, {.method = "GET", .status = 503, .number = 2}, 0));
}

TEST(Retry, WhatMustNotBeDoneTwiceIsSentAgainOnlyWhenItWasRefused) {
  for (const Row& row : kRows) {
    const bool refused = row.status == 409 || row.status == 425 || row.status == 429;
    const auto wait = wait_before_next({}, {"POST", row.status, row.code, 1, {}, false}, 0);
    EXPECT_EQ(wait.has_value(), row.transient && refused) << row.status << " " << row.code;
  }
}

}  // namespace
}  // namespace hotload::remote
