// SPDX-License-Identifier: Apache-2.0
#include "lake/zstd_frames.h"

#include <fstream>

#include "lake/testing.h"

namespace hotload::lake {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

class ZstdFramesTest : public LakeTest {
 protected:
  // As the engine packs them.
  std::string packed(const std::string& rows) {
    const fs::path path = folder_ / "in" / "packed.zst";
    tool_.run("COPY (" + rows + ") TO '" + path.string() + "' (FORMAT csv, COMPRESSION zstd)");
    return read_file(path);
  }
  void check(const std::string& bytes) {
    const fs::path path = folder_ / "in" / "bytes";
    std::ofstream(path, std::ios::binary) << bytes;  // unsynced: there are many
    check_zstd_frames(path);
  }
};

// A skippable frame of three bytes; a frame of one raw block "a\n" and a checksum; one of a byte
// that is repeated, with a dictionary's id and sizes of two bytes.
const std::string kSkippable = "\x50\x2a\x4d\x18\x03\x00\x00\x00xyz"s;
const std::string kRaw =
    "\x28\xb5\x2f\xfd\x24\x02\x11\x00\x00"s
    "a\n"
    "\x01\x02\x03\x04"s;
const std::string kRepeated = "\x28\xb5\x2f\xfd\x41\x58\x07\x00\x00\x23\x08\x00z"s;

TEST_F(ZstdFramesTest, WholeFramesPass) {
  check(packed("SELECT range, md5(range::VARCHAR) FROM range(50000)"));
  check(packed("SELECT 1") + kSkippable + packed("SELECT repeat('x', 1000000)"));
  check(kRaw + kRepeated + kSkippable);
}

TEST_F(ZstdFramesTest, ACutAnywhereButBetweenFramesIsRefused) {
  const std::string large = packed("SELECT md5(range::VARCHAR) FROM range(30)");
  const std::string all = kRaw + kSkippable + kRepeated + large;
  const std::set<size_t> ends{kRaw.size(), kRaw.size() + kSkippable.size(),
                              all.size() - large.size()};
  for (size_t bytes = 1; bytes < all.size(); ++bytes) {
    if (ends.contains(bytes)) continue;
    const auto cut = [&] { check(all.substr(0, bytes)); };
    ASSERT_THAT(message_of(cut), HasSubstr("cut short")) << bytes;
    ASSERT_EQ(code_of(cut), ErrorCode::kBadFile) << bytes;
  }
}

TEST_F(ZstdFramesTest, WhatIsNoFrameIsRefused) {
  EXPECT_THAT(message_of([&] { check(kRaw + "more"); }), HasSubstr("no frame at byte 15 of 19"));
  EXPECT_THAT(message_of([&] {
                check(
                    "\x28\xb5\x2f\xfd\x20\x02\x17\x00\x00"s
                    "a\n");
              }),
              HasSubstr("damaged"));
}

}  // namespace
}  // namespace hotload::lake
