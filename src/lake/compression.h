// SPDX-License-Identifier: Apache-2.0
// How a text file is compressed, and whether all of it is there.
#pragma once

#include <atomic>
#include <future>
#include <string>

#include "lake/files.h"

namespace hotload::lake {

// The engine's word, by the file's first bytes: "gzip", "zstd" or "none".
std::string compression_of(const fs::path& path);

// Whether the name says that the text is compressed.
bool is_compressed_name(const fs::path& path);

// Whether a text file, plain or gzip, has nothing but white space: then nothing tells its columns.
// Throws kBadFile for a gzip file that is damaged before any other text.
bool is_blank_text(const fs::path& path);

// Checks that a compressed text is whole, beside whoever reads it meanwhile: a second thread
// unpacks a gzip file; the frames of a zstd file are looked at by the constructor.
class WholeTextCheck {
 public:
  explicit WholeTextCheck(const fs::path& path);
  ~WholeTextCheck();  // does not wait for the end of the file
  WholeTextCheck(const WholeTextCheck&) = delete;
  WholeTextCheck& operator=(const WholeTextCheck&) = delete;

  // Waits. Throws kBadFile when the file is cut, damaged or followed by something else; again when
  // it is called again.
  void finish() const;

 private:
  std::atomic<bool> stopped_ = false;
  std::shared_future<void> gzip_;  // invalid for other files
};

}  // namespace hotload::lake
