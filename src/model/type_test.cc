// SPDX-License-Identifier: Apache-2.0
#include "model/type.h"

#include <gtest/gtest.h>

#include "hotload/error.h"
#include "model/vectors.h"

namespace hotload::model {
namespace {

ErrorCode code_of(const std::string& text) {
  try {
    parse_type(text);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << text << " is taken for a type";
  return ErrorCode::kInternal;
}

TEST(Type, EverySpellingHasOneCanonicalForm) {
  for (const auto& pair : cases_of("types.json", "canonical")) {
    EXPECT_EQ(canonical_type(text_at(pair, 0)), text_at(pair, 1)) << text_at(pair, 0);
    EXPECT_EQ(canonical_type(text_at(pair, 1)), text_at(pair, 1)) << "not stable";
  }
}

TEST(Type, StorageTypeKeepsEveryValue) {
  for (const auto& pair : cases_of("types.json", "storage")) {
    EXPECT_EQ(storable_type(text_at(pair, 0)), text_at(pair, 1)) << text_at(pair, 0);
  }
}

TEST(Type, WhatIsNoTypeIsInvalid) {
  for (const auto& text : cases_of("types.json", "invalid")) {
    EXPECT_EQ(code_of(std::string(text.as_string())), ErrorCode::kInvalidArgument) << text;
  }
}

TEST(Type, HostileDepthAndLengthAreInvalid) {
  std::string brackets = "int";
  for (int i = 0; i < 1000; ++i) brackets += "[]";
  EXPECT_EQ(code_of(brackets), ErrorCode::kInvalidArgument);
  std::string structs;
  for (int i = 0; i < 1000; ++i) structs += "struct(a ";
  EXPECT_EQ(code_of(structs), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(std::string(100'000, 'x')), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(std::string("int\0", 4)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of("\xff\xfe"), ErrorCode::kInvalidArgument);
}

TEST(Type, TypesThatNoTableHoldsAreUnsupported) {
  EXPECT_EQ(code_of("UNION(a INTEGER)"), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace hotload::model
