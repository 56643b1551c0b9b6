// SPDX-License-Identifier: Apache-2.0
#include "server/failures.h"

#include <gtest/gtest.h>

namespace hotload::server {
namespace {

TEST(Failures, PathsOfTheServerAreNotTold) {
  Config config;
  config.root = "/srv/hot load";
  const auto told = [&](const std::string& message) { return without_paths(message, config); };
  EXPECT_EQ(told("/srv/hot load/ws1.server/uploads/upl1 is no Parquet"), "the file is no Parquet");
  EXPECT_EQ(told("IO Error: \"/srv/hot load/ws1.lake/a.parquet\": short"),
            "IO Error: the file: short");
  EXPECT_EQ(told("a /srv/hot load/ws1.lake/x, b /srv/hot load/ws1.lake/y"),
            "a the file, b the file");
  EXPECT_EQ(told("/srv/hot load/other"), "/srv/hot load/other");
  EXPECT_EQ(told(""), "");
}

}  // namespace
}  // namespace hotload::server
