// SPDX-License-Identifier: Apache-2.0
#include "lake/gzip_file.h"

#include <zlib.h>

#include <fstream>

#include "lake/testing.h"

namespace hotload::lake {
namespace {

using ::testing::HasSubstr;

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(::deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(::deflateBound(&stream, text.size()), '\0');
  std::string copy = text;
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

class GzipFileTest : public LakeTest {
 protected:
  std::string read(const std::string& bytes) {
    const fs::path path = folder_ / "in" / "bytes";
    std::ofstream(path, std::ios::binary) << bytes;  // unsynced: there are many
    GzipFile file(path);
    std::string text;
    for (std::string_view piece = file.next(); !piece.empty(); piece = file.next()) text += piece;
    return text;
  }
  static std::string lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::to_string(i * 7919) + ",x\n";
    return text;
  }
};

TEST_F(GzipFileTest, MembersAreReadOneAfterTheOther) {
  EXPECT_EQ(read(gzip("")), "");
  EXPECT_EQ(read(gzip("a\n")), "a\n");
  EXPECT_EQ(read(gzip("a\n") + gzip("") + gzip("b\n") + gzip("")), "a\nb\n");
  EXPECT_EQ(read(gzip(std::string(5'000'000, 'x'))), std::string(5'000'000, 'x'));
  const std::string text = lines(200'000);
  EXPECT_EQ(read(gzip(text) + gzip(text)), text + text);
}

TEST_F(GzipFileTest, ACutAnywhereButBetweenMembersIsRefused) {
  const std::string first = gzip(lines(20));
  const std::string both = first + gzip("last\n");
  for (size_t bytes = 1; bytes < both.size(); ++bytes) {
    if (bytes == first.size()) continue;
    const auto cut = [&] { read(both.substr(0, bytes)); };
    ASSERT_THAT(message_of(cut), HasSubstr("cut short")) << bytes;
    ASSERT_EQ(code_of(cut), ErrorCode::kBadFile) << bytes;
  }
}

TEST_F(GzipFileTest, ABitThatTurnsIsRefusedOrChangesNothing) {
  const std::string text = lines(20);
  const std::string packed = gzip(text);
  int refused = 0;
  for (size_t bit = 0; bit < packed.size() * 8; ++bit) {
    std::string damaged = packed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    try {
      ASSERT_EQ(read(damaged), text) << bit;
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kBadFile) << bit;
      ++refused;
    }
  }
  EXPECT_GT(refused, static_cast<int>(packed.size() - 8) * 8) << "the header has 8 free bytes";
}

TEST_F(GzipFileTest, WhatComesBehindTheLastMemberIsRefused) {
  EXPECT_THAT(message_of([&] { read(gzip("a\n") + "more"); }), HasSubstr("no gzip"));
  EXPECT_THAT(message_of([&] { read(gzip("a\n") + std::string(512, '\0')); }),
              HasSubstr("no gzip"));
}

}  // namespace
}  // namespace hotload::lake
