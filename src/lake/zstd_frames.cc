// SPDX-License-Identifier: Apache-2.0
#include "lake/zstd_frames.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>

namespace hotload::lake {

namespace {

constexpr uint64_t kFrame = 0xFD2FB528;
constexpr uint64_t kSkippableFrames = 0x184D2A50;  // to ...5F
constexpr uint64_t kChecksumBytes = 4;

class Walk {
 public:
  explicit Walk(const fs::path& path) : file_(path, std::ios::binary), size_(fs::file_size(path)) {
    if (!file_) throw_errno(errno, "open", path);
  }

  void run() {
    while (at_ < size_) {
      frame_ = at_;
      const uint64_t magic = take(4);
      if (magic == kFrame) {
        walk_frame();
      } else if ((magic & ~uint64_t{0xF}) == kSkippableFrames) {
        skip(take(4));
      } else {
        refuse("holds no frame");
      }
    }
  }

 private:
  [[noreturn]] void refuse(const char* what) const {
    throw Error(ErrorCode::kBadFile, std::string("the zstd file ") + what + " at byte " +
                                         std::to_string(frame_) + " of " + std::to_string(size_) +
                                         "; write or fetch it again");
  }

  void skip(uint64_t bytes) {
    if (bytes > size_ - at_) refuse("is cut short, in the frame that begins");
    at_ += bytes;
  }

  // A number of so many bytes, the least first.
  uint64_t take(uint64_t bytes) {
    const uint64_t from = at_;
    skip(bytes);
    std::array<char, 4> text{};
    file_.seekg(static_cast<std::streamoff>(from));
    file_.read(text.data(), static_cast<std::streamsize>(bytes));
    if (!file_) throw Error(ErrorCode::kIo, "the file cannot be read to its end");
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; ++i) {
      number |= uint64_t{static_cast<uint8_t>(text.at(i))} << (8 * i);
    }
    return number;
  }

  void walk_frame() {
    static constexpr std::array<uint64_t, 4> kDictionaryIdBytes{0, 1, 2, 4};
    static constexpr std::array<uint64_t, 4> kContentSizeBytes{0, 2, 4, 8};
    const uint64_t descriptor = take(1);
    const bool single_segment = (descriptor & 0x20) != 0;
    const uint64_t size_code = descriptor >> 6;
    skip((single_segment ? 0 : 1) + kDictionaryIdBytes.at(descriptor & 3) +
         (single_segment && size_code == 0 ? 1 : kContentSizeBytes.at(size_code)));
    for (bool last = false; !last;) {
      const uint64_t header = take(3);
      const uint64_t type = (header >> 1) & 3;
      if (type == 3) refuse("is damaged, in the frame that begins");
      last = (header & 1) != 0;
      skip(type == 1 ? 1 : header >> 3);  // of a repeated byte there is but one
    }
    if ((descriptor & 4) != 0) skip(kChecksumBytes);
  }

  std::ifstream file_;
  const uint64_t size_;
  uint64_t at_ = 0;
  uint64_t frame_ = 0;
};

}  // namespace

void check_zstd_frames(const fs::path& path) { Walk(path).run(); }

}  // namespace hotload::lake
