// SPDX-License-Identifier: Apache-2.0
#include "api/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hotload::api {
namespace {

using ::testing::HasSubstr;

// Published clients look for these words.
TEST(ApiErrors, MessagesHoldTheTextsThatClientsMatch) {
  EXPECT_THAT(not_found("table 't'").what(), HasSubstr("not found"));
  EXPECT_THAT(already_exists("schema 's'").what(), HasSubstr("already exists"));
  EXPECT_STREQ(kTextNoDeclaredKey, "no declared key");
}

TEST(ApiErrors, ConflictsOfTheDataAreTerminalAndThoseOfTimingAreNot) {
  const Failure mismatch = failure_of(Error(ErrorCode::kTypeMismatch, "m"));
  EXPECT_EQ(mismatch.status(), 409);
  EXPECT_EQ(mismatch.code(), "CONFLICT");
  EXPECT_FALSE(mismatch.retry_after_s());
  const Failure locked = failure_of(Error(ErrorCode::kLocked, "m"));
  EXPECT_EQ(locked.status(), 409);
  EXPECT_EQ(locked.code(), "RESOURCE_LOCKED");
  EXPECT_EQ(locked.retry_after_s(), 1);
}

TEST(ApiErrors, AClientReadsWhatTheServerWrites) {
  for (const ErrorCode code : {ErrorCode::kInvalidArgument, ErrorCode::kNotFound,
                               ErrorCode::kBadFile, ErrorCode::kConflict, ErrorCode::kExhausted,
                               ErrorCode::kUnsupported, ErrorCode::kInternal}) {
    const Failure failure = failure_of(Error(code, "why"));
    const Error read = error_of(failure.status(), boost::json::serialize(to_json(failure)));
    EXPECT_EQ(read.code(), code);
    EXPECT_STREQ(read.what(), "why");
  }
}

TEST(ApiErrors, AnswersThatAreNoJsonAreReadByTheirStatus) {
  EXPECT_EQ(error_of(502, "<html>").code(), ErrorCode::kUnavailable);
  EXPECT_EQ(error_of(404, "").code(), ErrorCode::kNotFound);
  EXPECT_EQ(error_of(401, R"({"error":"no"})").code(), ErrorCode::kPermission);
}

TEST(ApiErrors, AResultThatHasFailedSaysWhy) {
  const char* body = R"({"result_id":"r","status":"failed","error_message":"the disk is full"})";
  EXPECT_EQ(code_of_body(body), kResultFailed);
  EXPECT_EQ(error_of(409, body).code(), ErrorCode::kInvalidArgument);
  EXPECT_STREQ(error_of(409, body).what(), "the disk is full");
  EXPECT_EQ(code_of_body(R"({"error":{"code":"RESOURCE_LOCKED","message":"m"}})"), kResourceLocked);
  EXPECT_EQ(code_of_body("<html>"), "");
}

TEST(ApiErrors, AProxyThatAsksWhoWeAreIsNoServer) {
  EXPECT_EQ(error_of(407, "<html>").code(), ErrorCode::kPermission);
  EXPECT_THAT(error_of(407, "").what(), HasSubstr("USER:PASSWORD"));
}

TEST(ApiErrors, WhatMaySucceedLaterIsToldFromWhatMayNot) {
  EXPECT_TRUE(may_succeed_later({429, kOverloaded, ""}));
  EXPECT_TRUE(may_succeed_later({409, kResourceLocked, ""}));
  EXPECT_TRUE(may_succeed_later({503, kUnavailable, ""}));
  EXPECT_FALSE(may_succeed_later({409, kConflict, ""}));
  EXPECT_FALSE(may_succeed_later({501, kNotImplemented, ""}));
  EXPECT_FALSE(may_succeed_later({400, kBadRequest, ""}));
}

}  // namespace
}  // namespace hotload::api
