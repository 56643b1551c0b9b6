// SPDX-License-Identifier: Apache-2.0
#include "server/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "hotload/error.h"

namespace hotload::server {

namespace {

constexpr int64_t kBeginBytes = int64_t{8} << 20;

}  // namespace

void throw_errno(const std::string& doing, const fs::path& path) {
  const int error = errno;
  const ErrorCode code = error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE
                             ? ErrorCode::kExhausted
                         : error == ENOENT ? ErrorCode::kNotFound
                                           : ErrorCode::kIo;
  throw Error(code, "cannot " + doing + " " + path.string() + ": " + std::strerror(error));
}

File::File(const fs::path& path, Mode mode) : path_(path) {
  const int flags = mode == Mode::kRead     ? O_RDONLY
                    : mode == Mode::kAppend ? O_WRONLY | O_CREAT | O_APPEND
                                            : O_RDWR | O_CREAT;
  descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (descriptor_ < 0) throw_errno("open", path);
  if (mode != Mode::kLock) return;
  while (::flock(descriptor_, LOCK_EX) != 0) {
    if (errno != EINTR) throw_errno("lock", path);
  }
}

File::File(File&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int64_t File::size() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) throw_errno("look at", path_);
  return status.st_size;
}

void File::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("write", path_);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void File::write_at(int64_t offset, const void* bytes, size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = ::pwrite(descriptor_, at, size, offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("write", path_);
    at += written;
    offset += written;
    size -= static_cast<size_t>(written);
  }
}

size_t File::read_at(int64_t offset, void* bytes, size_t size) const {
  while (true) {
    const ssize_t got = ::pread(descriptor_, bytes, size, offset);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) throw_errno("read", path_);
  }
}

void File::begin_sync(int64_t offset, int64_t size) {
  // A file system that cannot is no failure: sync() says whether all is stored.
  ::sync_file_range(descriptor_, offset, size, SYNC_FILE_RANGE_WRITE);
}

void File::truncate(int64_t size) {
  if (::ftruncate(descriptor_, size) != 0) throw_errno("cut", path_);
}

void File::sync() {
  if (::fdatasync(descriptor_) != 0) throw_errno("sync", path_);
}

void FileWriter::write(const void* bytes, size_t size) {
  file_.write_at(start_ + size_, bytes, size);
  size_ += static_cast<int64_t>(size);
  if (size_ - begun_ < kBeginBytes) return;
  file_.begin_sync(start_ + begun_, size_ - begun_);
  begun_ = size_;
}

void sync_folder(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) throw_errno("open", path);
  const int failed = ::fsync(descriptor);
  ::close(descriptor);
  if (failed != 0) throw_errno("sync", path);
}

void make_folder(const fs::path& path) {
  if (fs::is_directory(path)) return;
  if (path.has_parent_path()) make_folder(path.parent_path());
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw_errno("make", path);
  sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

void write_synced(const fs::path& path, std::string_view text) {
  const fs::path fresh = path.string() + ".new";
  {
    File file(fresh, File::Mode::kWrite);
    file.truncate(0);
    file.append(text);
    file.sync();
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) throw_errno("rename", fresh);
  sync_folder(path.parent_path());
}

void remove_quietly(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

// Files may come and go meanwhile.
int64_t folder_bytes(const fs::path& path) {
  int64_t total = 0;
  std::error_code gone;
  fs::recursive_directory_iterator at(path, gone);
  while (!gone && at != fs::recursive_directory_iterator()) {
    std::error_code vanished;
    if (at->is_regular_file(vanished)) {
      const uintmax_t size = at->file_size(vanished);
      if (!vanished) total += static_cast<int64_t>(size);
    }
    at.increment(gone);
  }
  return total;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw_errno("read", path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace hotload::server
