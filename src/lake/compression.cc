// SPDX-License-Identifier: Apache-2.0
#include "lake/compression.h"

#include <algorithm>
#include <fstream>
#include <string_view>

#include "lake/gzip_file.h"
#include "lake/zstd_frames.h"

namespace hotload::lake {

std::string compression_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string magic(4, '\0');
  file.read(magic.data(), 4);
  if (magic.starts_with("\x1f\x8b")) return "gzip";
  return magic == "\x28\xb5\x2f\xfd" ? "zstd" : "none";
}

bool is_compressed_name(const fs::path& path) {
  const std::string extension = path.extension();
  return extension == ".gz" || extension == ".zst";
}

bool is_blank_text(const fs::path& path) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  if (compression_of(path) == "gzip") {
    GzipFile text(path);
    for (std::string_view piece = text.next(); !piece.empty(); piece = text.next()) {
      if (piece.find_first_not_of(kBlanks) != std::string_view::npos) return false;
    }
    return true;
  }
  std::ifstream file(path, std::ios::binary);
  file >> std::ws;
  return file.eof();
}

WholeTextCheck::WholeTextCheck(const fs::path& path) {
  const std::string compression = compression_of(path);
  if (compression == "zstd") check_zstd_frames(path);
  if (compression != "gzip") return;
  gzip_ = std::async([this, path] {
            GzipFile text(path);
            while (!stopped_ && !text.next().empty()) {
            }
          }).share();
}

WholeTextCheck::~WholeTextCheck() {
  stopped_ = true;
  if (gzip_.valid()) gzip_.wait();
}

void WholeTextCheck::finish() const {
  if (gzip_.valid()) gzip_.get();
}

}  // namespace hotload::lake
