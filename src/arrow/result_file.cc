// SPDX-License-Identifier: Apache-2.0
// The file: IPC stream | first row, position of each batch | tail. Numbers as this machine has
// them.
#include "arrow/result_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "arrow/ipc.h"
#include "arrow/source.h"
#include "hotload/error.h"

namespace hotload::arrow {

namespace {

namespace fs = std::filesystem;

constexpr size_t kBlockBytes = size_t{1} << 20;

struct Tail {
  std::array<char, 8> magic{'H', 'L', 'R', 'E', 'S', 'U', 'L', 'T'};
  int64_t version = 1;
  int64_t rows = 0;
  int64_t schema_bytes = 0;
  int64_t stream_bytes = 0;
  int64_t batches = 0;
};

[[noreturn]] void throw_errno(const char* what, const std::string& path) {
  const int code = errno;
  const ErrorCode kind = code == ENOENT                     ? ErrorCode::kNotFound
                         : code == ENOSPC || code == EMFILE ? ErrorCode::kExhausted
                                                            : ErrorCode::kIo;
  throw Error(kind, std::string(what) + " " + path + ": " + std::strerror(code));
}

class File {
 public:
  File(const std::string& path, int flags) : path_(path) {
    descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (descriptor_ < 0) throw_errno("cannot open", path);
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void write(const char* data, size_t size) {
    while (size > 0) {
      const ssize_t done = ::write(descriptor_, data, size);
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) throw_errno("cannot write", path_);
      data += done;
      size -= static_cast<size_t>(done);
    }
  }
  void sync() {
    if (::fsync(descriptor_) != 0) throw_errno("cannot sync", path_);
  }
  // Bytes read, fewer than `size` only at the end.
  int64_t read(void* out, int64_t size, int64_t position) const {
    int64_t all = 0;
    while (all < size) {
      const ssize_t done = ::pread(descriptor_, static_cast<char*>(out) + all,
                                   static_cast<size_t>(size - all), position + all);
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) throw_errno("cannot read", path_);
      if (done == 0) break;
      all += done;
    }
    return all;
  }
  int64_t size() const { return ::lseek(descriptor_, 0, SEEK_END); }

 private:
  std::string path_;
  int descriptor_;
};

// The file in the making; removed unless it was finished.
class Draft {
 public:
  explicit Draft(const std::string& path)
      : path_(path), draft_(path + ".part"), file_(draft_, O_WRONLY | O_CREAT | O_TRUNC) {}
  ~Draft() {
    std::error_code ignored;
    if (!finished_) fs::remove(draft_, ignored);
  }
  int64_t size() const { return written_ + static_cast<int64_t>(buffer.size()); }
  void flush(size_t beyond) {
    if (buffer.size() <= beyond) return;
    file_.write(buffer.data(), buffer.size());
    written_ += static_cast<int64_t>(buffer.size());
    buffer.clear();
  }
  void append(const void* data, size_t size) {
    buffer.append(static_cast<const char*>(data), size);
  }
  void finish() {
    flush(0);
    file_.sync();
    if (::rename(draft_.c_str(), path_.c_str()) != 0) throw_errno("cannot rename", draft_);
    finished_ = true;
  }

  std::string buffer;

 private:
  std::string path_;
  std::string draft_;
  File file_;
  int64_t written_ = 0;
  bool finished_ = false;
};

}  // namespace

ResultFile write_result_file(ArrowStream rows, const std::string& path, int64_t max_bytes) {
  Schema schema;
  check_stream(rows, rows.get()->get_schema(rows.get(), schema.get()));
  IpcEncoder encoder(*schema);
  Draft draft(path);
  Tail tail;
  encoder.append_schema(draft.buffer);
  tail.schema_bytes = draft.size();
  std::vector<int64_t> index;
  for (Batch batch; batch.next_of(rows);) {
    if (batch->length == 0) continue;
    index.insert(index.end(), {tail.rows, draft.size()});
    encoder.append_batch(*batch, draft.buffer);
    tail.rows += batch->length;
    draft.flush(kBlockBytes);
    if (max_bytes > 0 && draft.size() > max_bytes) {
      throw Error(ErrorCode::kExhausted, "the result is larger than the " +
                                             std::to_string(max_bytes) + " bytes that are allowed");
    }
  }
  encoder.append_end(draft.buffer);
  tail.stream_bytes = draft.size();
  tail.batches = static_cast<int64_t>(index.size() / 2);
  draft.append(index.data(), index.size() * sizeof(int64_t));
  draft.append(&tail, sizeof(tail));
  draft.finish();
  return ResultFile(path);
}

ResultFile::ResultFile(const std::string& path) : path_(path) {
  const File file(path, O_RDONLY);
  const int64_t size = file.size();
  Tail tail;
  const auto bad = [&](bool good) {
    if (!good) throw Error(ErrorCode::kBadFile, path + " is not a kept result");
  };
  bad(size >= static_cast<int64_t>(sizeof(tail)));
  file.read(&tail, sizeof(tail), size - static_cast<int64_t>(sizeof(tail)));
  bad(tail.magic == Tail{}.magic && tail.version == 1 && tail.batches >= 0 &&
      tail.batches <= size / static_cast<int64_t>(sizeof(Batch)) && tail.schema_bytes >= 0 &&
      tail.schema_bytes <= tail.stream_bytes &&
      tail.stream_bytes + tail.batches * static_cast<int64_t>(sizeof(Batch)) +
              static_cast<int64_t>(sizeof(tail)) ==
          size);
  batches_.resize(static_cast<size_t>(tail.batches));
  file.read(batches_.data(), tail.batches * static_cast<int64_t>(sizeof(Batch)), tail.stream_bytes);
  rows_ = tail.rows;
  schema_bytes_ = tail.schema_bytes;
  stream_bytes_ = tail.stream_bytes;
}

ArrowStream ResultFile::page(const Page& page) const {
  const auto after =
      std::upper_bound(batches_.begin(), batches_.end(), page.offset,
                       [](int64_t row, const Batch& batch) { return row < batch.first_row; });
  Page rest = page;
  int64_t start = stream_bytes_;
  if (page.offset >= rows_) {
    rest.offset = 0;
  } else if (after != batches_.begin()) {
    start = std::prev(after)->position;
    rest.offset -= std::prev(after)->first_row;
  }
  auto file = std::make_shared<File>(path_, O_RDONLY);
  ByteSource source = [file, at = int64_t{0}, schema_end = schema_bytes_, start,
                       end = stream_bytes_](uint8_t* out, int64_t size) mutable {
    if (at == schema_end) at = std::max(at, start);
    const int64_t stop = at < schema_end ? schema_end : end;
    const int64_t got = file->read(out, std::min(size, stop - at), at);
    at += got;
    return got;
  };
  return page_of(read_ipc(std::move(source)), rest);
}

}  // namespace hotload::arrow
