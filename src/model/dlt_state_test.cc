// SPDX-License-Identifier: Apache-2.0
#include "model/dlt_state.h"

#include <gtest/gtest.h>

#include "hotload/error.h"

namespace hotload::model {
namespace {

// base64(zlib({"_state_version":5,"sources":{"s":{"id":123456789012345678901234567890}}}))
constexpr const char* kStored =
    "eNqrVoovLkksSY0vSy0qzszPU7Iy1VEqzi8tSk4tVrKqVgITmSlKVoZGxiam"
    "ZuYWlgbYWLW1tQB5ahWS";
// The same of 50,000 letters.
constexpr const char* kLarge =
    "eNrtwbEJgDAABMBdvra1yTIhRQobBRNEEHd3D7m7J3XMNnu9+jm2Y09Zl9wpaQAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPxJ3g9ITA48";
constexpr const char* kJson =
    R"({"_state_version":5,"sources":{"s":{"id":123456789012345678901234567890}}})";

TEST(DltState, IsReadInBothForms) {
  EXPECT_EQ(dlt_state_json(kStored), kJson);
  EXPECT_EQ(dlt_state_json(kJson), kJson);
  EXPECT_THROW(dlt_state_json("???"), Error);
  EXPECT_THROW(dlt_state_json("aGVsbG8gd29ybGQ="), Error);
  EXPECT_THROW(dlt_state_json(""), Error);
}

TEST(DltState, MayBeLarge) {
  const std::string json = dlt_state_json(kLarge);
  EXPECT_EQ(json.size(), 50'026U);
  EXPECT_EQ(json.substr(50'020), "aaaa\"}");
}

TEST(DltState, AnotherVersionKeepsEveryDigit) {
  EXPECT_EQ(dlt_state_with_version(kJson, 12),
            R"({"_state_version":12,"sources":{"s":{"id":123456789012345678901234567890}}})");
  EXPECT_THROW(dlt_state_with_version(R"({"sources":{"_state_version":5}})", 6), Error);
}

TEST(DltState, WithoutSourcesKeepsTheRest) {
  EXPECT_EQ(
      dlt_state_without_sources(
          R"({"_state_version":5,"_version_hash":"h","sources":{"s":{"id":1}},"x":"y"})", "none"),
      R"({"_state_version":5,"_version_hash":"none","sources":{},"x":"y"})");
}

}  // namespace
}  // namespace hotload::model
