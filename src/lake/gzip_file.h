// SPDX-License-Identifier: Apache-2.0
// The text of a gzip file, read once from the front in bounded memory. The engine reads such files
// itself, but takes a cut one for whole and looks at no checksum: this reader does not.
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lake/files.h"

struct z_stream_s;

namespace hotload::lake {

class GzipFile {
 public:
  explicit GzipFile(const fs::path& path);
  ~GzipFile();
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  // The next piece of the text, valid until the next call; empty at the end. Throws kBadFile where
  // the file ends within a member, where a member's checksum or length is not that of its text, and
  // where something else than a member follows.
  std::string_view next();

 private:
  // Whether there is more of the file to unpack.
  bool refill();
  [[noreturn]] void refuse(const std::string& what) const;

  std::ifstream file_;
  std::vector<char> packed_;
  std::vector<char> text_;
  std::unique_ptr<z_stream_s> stream_;
  int64_t members_ = 0;     // that have ended
  int64_t text_bytes_ = 0;  // of all pieces
  bool within_member_ = false;
};

}  // namespace hotload::lake
