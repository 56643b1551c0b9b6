// SPDX-License-Identifier: Apache-2.0
#include "lake/gzip_file.h"

#include <zlib.h>

#include <cerrno>
#include <string>

namespace hotload::lake {

namespace {

constexpr size_t kPackedBytes = size_t{64} << 10;
constexpr size_t kTextBytes = size_t{256} << 10;
constexpr int kGzipAlone = 15 + 16;  // the largest window; a header and a trailer of gzip

Bytef* bytes_of(std::vector<char>& buffer) { return reinterpret_cast<Bytef*>(buffer.data()); }

}  // namespace

GzipFile::GzipFile(const fs::path& path)
    : file_(path, std::ios::binary),
      packed_(kPackedBytes),
      text_(kTextBytes),
      stream_(std::make_unique<z_stream>()) {
  if (!file_) throw_errno(errno, "open", path);
  if (::inflateInit2(stream_.get(), kGzipAlone) != Z_OK) {
    throw Error(ErrorCode::kExhausted, "no memory to unpack " + path.string());
  }
}

GzipFile::~GzipFile() { ::inflateEnd(stream_.get()); }

bool GzipFile::refill() {
  if (stream_->avail_in > 0) return true;
  file_.read(packed_.data(), static_cast<std::streamsize>(packed_.size()));
  if (file_.bad()) throw Error(ErrorCode::kIo, "the file cannot be read to its end");
  stream_->next_in = bytes_of(packed_);
  stream_->avail_in = static_cast<uInt>(file_.gcount());
  return stream_->avail_in > 0;
}

void GzipFile::refuse(const std::string& what) const {
  throw Error(ErrorCode::kBadFile,
              "the gzip file " + what + ", in member " + std::to_string(members_ + 1) + ", after " +
                  std::to_string(text_bytes_) + " bytes of text; write or fetch it again");
}

std::string_view GzipFile::next() {
  stream_->next_out = bytes_of(text_);
  stream_->avail_out = static_cast<uInt>(text_.size());
  while (stream_->avail_out > 0 && refill()) {
    const bool begins = !within_member_;
    within_member_ = true;
    const int state = ::inflate(stream_.get(), Z_NO_FLUSH);
    if (state == Z_STREAM_END) {
      within_member_ = false;
      ++members_;
      ::inflateReset(stream_.get());
    } else if (state == Z_MEM_ERROR) {
      throw Error(ErrorCode::kExhausted, "no memory to unpack the file");
    } else if (state != Z_OK && state != Z_BUF_ERROR) {
      text_bytes_ += static_cast<int64_t>(text_.size() - stream_->avail_out);
      if (begins && members_ > 0) refuse("goes on with what is no gzip");
      refuse(std::string("is damaged (") + (stream_->msg != nullptr ? stream_->msg : "?") + ")");
    }
  }
  const size_t bytes = text_.size() - stream_->avail_out;
  text_bytes_ += static_cast<int64_t>(bytes);
  // What is left to read has found no room; a file that has ended must have ended a member.
  if (stream_->avail_out > 0 && within_member_) refuse("is cut short");
  return {text_.data(), bytes};
}

}  // namespace hotload::lake
