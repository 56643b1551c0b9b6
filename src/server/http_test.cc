// SPDX-License-Identifier: Apache-2.0
#include "server/http.h"

#include <gtest/gtest.h>

#include <array>

namespace hotload::server {
namespace {

TEST(WantedType, QualitiesAndWildcardsDecide) {
  constexpr std::array kTypes{"application/json", "application/x.arrow", "text/csv"};
  const auto wanted = [&](std::string_view accept) -> std::string {
    const auto found = wanted_type(accept, kTypes);
    return found ? kTypes[*found] : "none";
  };
  EXPECT_EQ(wanted(""), "application/json");
  EXPECT_EQ(wanted("*/*"), "application/json");
  EXPECT_EQ(wanted("text/*"), "text/csv");
  EXPECT_EQ(wanted("Text/CSV"), "text/csv");
  EXPECT_EQ(wanted("text/csv;q=0.5, application/x.arrow;q=0.4"), "text/csv");
  EXPECT_EQ(wanted("application/x.arrow;q=0, */*"), "application/json");
  EXPECT_EQ(wanted("application/json;q=0, application/*"), "application/x.arrow");
  EXPECT_EQ(wanted("*/*, text/csv"), "text/csv");
  EXPECT_EQ(wanted("application/json , application/x.arrow"), "application/json");
  EXPECT_EQ(wanted("application/x.arrow, application/json"), "application/x.arrow");
  EXPECT_EQ(wanted("application/x.arrow ; v=1 ; Q = 0.9, application/json; q=0.1"),
            "application/x.arrow");
  EXPECT_EQ(wanted("application/x.arrows"), "none");
  EXPECT_EQ(wanted("text/csv;q=0"), "none");
  EXPECT_EQ(wanted("text/csv;q=much, , ;"), "none");
}

}  // namespace
}  // namespace hotload::server
