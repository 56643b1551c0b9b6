// SPDX-License-Identifier: Apache-2.0
#include "lake/files.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <random>

namespace hotload::lake {

namespace {

// Owns one file descriptor.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags, const char* doing, mode_t mode = 0644)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {
    if (fd_ < 0) throw_errno(errno, doing, path);
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

void write_all(int fd, std::string_view text, const fs::path& path) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_errno(errno, "write", path);
    }
    text.remove_prefix(static_cast<size_t>(n));
  }
}

void copy_bytes(int from, int to, const fs::path& path) {
  std::array<char, 1 << 16> buffer;
  while (true) {
    const ssize_t n = ::read(from, buffer.data(), buffer.size());
    if (n == 0) return;
    if (n < 0) {
      if (errno == EINTR) continue;
      throw_errno(errno, "read", path);
    }
    write_all(to, std::string_view(buffer.data(), static_cast<size_t>(n)), path);
  }
}

}  // namespace

void throw_errno(int error, const std::string& doing, const fs::path& path) {
  ErrorCode code = ErrorCode::kIo;
  if (error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE || error == ENOMEM ||
      error == EFBIG) {
    code = ErrorCode::kExhausted;
  } else if (error == EACCES || error == EPERM || error == EROFS) {
    code = ErrorCode::kPermission;
  } else if (error == ENOENT || error == ENOTDIR) {
    code = ErrorCode::kNotFound;
  } else if (error == EISDIR || error == ENAMETOOLONG) {
    code = ErrorCode::kInvalidArgument;
  }
  throw Error(code, "cannot " + doing + " " + path.string() + ": " + std::strerror(error));
}

std::string read_file(const fs::path& path) {
  Descriptor file(path, O_RDONLY, "open");
  std::string text;
  std::array<char, 1 << 14> buffer;
  while (true) {
    const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
    if (n == 0) return text;
    if (n < 0) throw_errno(errno, "read", path);
    text.append(buffer.data(), static_cast<size_t>(n));
  }
}

void write_file_synced(const fs::path& path, std::string_view text) {
  // Of this call alone: two threads may replace the same file.
  const fs::path temporary = path.string() + "." + random_hex().substr(0, 8) + ".new";
  {
    Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC, "create");
    write_all(file.get(), text, temporary);
    if (::fsync(file.get()) != 0) throw_errno(errno, "sync", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw_errno(errno, "rename", temporary);
  sync_directory(path.parent_path());
}

void sync_file(const fs::path& path) {
  Descriptor file(path, O_RDONLY, "open");
  if (::fsync(file.get()) != 0) throw_errno(errno, "sync", path);
}

void sync_directory(const fs::path& path) {
  Descriptor directory(path, O_RDONLY | O_DIRECTORY, "open");
  if (::fsync(directory.get()) != 0) throw_errno(errno, "sync", path);
}

void make_directories(const fs::path& path) {
  if (path.empty() || fs::is_directory(path)) return;
  make_directories(path.parent_path());
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) throw_errno(errno, "create", path);
  sync_directory(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

void link_or_copy(const fs::path& from, const fs::path& to) {
  remove_quietly(to);
  if (::link(from.c_str(), to.c_str()) == 0) return;
  if (errno == ENOENT || errno == ENOSPC || errno == EACCES) throw_errno(errno, "link", from);
  copy_contents(from, to);
}

void copy_contents(const fs::path& from, const fs::path& to) {
  Descriptor in(from, O_RDONLY, "open");
  struct stat status{};
  if (::fstat(in.get(), &status) != 0) throw_errno(errno, "read", from);
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::kInvalidArgument, from.string() + " is not a regular file");
  }
  remove_quietly(to);
  Descriptor out(to, O_WRONLY | O_CREAT | O_TRUNC, "create");
  if (::ioctl(out.get(), FICLONE, in.get()) == 0) return;
  copy_bytes(in.get(), out.get(), to);
}

void remove_quietly(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

void sync_new_files(const fs::path& root, fs::file_time_type since) {
  std::error_code error;
  bool found = false;
  // A directory's own time tells whether anything was made in it.
  const bool touched = fs::last_write_time(root, error) >= since;
  for (const fs::directory_entry& entry : fs::directory_iterator(root, error)) {
    if (entry.is_directory(error)) {
      sync_new_files(entry.path(), since);
    } else if (touched && entry.last_write_time(error) >= since) {
      sync_file(entry.path());
      found = true;
    }
  }
  if (found || touched) sync_directory(root);
}

std::string random_hex() {
  thread_local std::random_device device;
  std::string text;
  for (int i = 0; i < 4; ++i) {
    std::array<char, 9> part{};
    std::snprintf(part.data(), part.size(), "%08x", static_cast<unsigned>(device()));
    text += part.data();
  }
  return text;
}

std::string now_utc() { return utc_before(0); }

std::string utc_before(int64_t seconds) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec -= seconds;
  std::tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ",
                parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                parts.tm_sec, now.tv_nsec / 1000);
  return out.data();
}

}  // namespace hotload::lake
