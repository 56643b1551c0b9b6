// SPDX-License-Identifier: Apache-2.0
#include "engine/paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "hotload/error.h"

namespace hotload::engine {
namespace {

namespace fs = std::filesystem;

TEST(ExtensionPath, FindsWhatTheBuildFetched) {
  EXPECT_TRUE(fs::is_regular_file(extension_path("ducklake")));
}

TEST(ExtensionPath, TheEnvironmentGoesFirst) {
  const fs::path folder = fs::temp_directory_path() / ("paths_test." + std::to_string(getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "ducklake.duckdb_extension") << "x";
  setenv("HOTLOAD_EXTENSION_DIR", folder.c_str(), 1);
  EXPECT_EQ(extension_path("ducklake"), folder / "ducklake.duckdb_extension");
  unsetenv("HOTLOAD_EXTENSION_DIR");
  fs::remove_all(folder);
}

TEST(ExtensionPath, AnUnknownNameSaysWhereItLooked) {
  try {
    extension_path("no_such_extension");
    FAIL() << "found it";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInternal);
    EXPECT_THAT(error.what(), testing::HasSubstr("no_such_extension"));
    EXPECT_THAT(error.what(), testing::HasSubstr("HOTLOAD_EXTENSION_DIR"));
  }
}

}  // namespace
}  // namespace hotload::engine
