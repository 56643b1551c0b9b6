// SPDX-License-Identifier: Apache-2.0
#include "lake/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "lake/files.h"

namespace hotload::lake {

namespace {

std::string own_command() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  for (char& c : text) {
    if (c == '\0' || c == '\n') c = ' ';
  }
  // Arguments may hold secrets: the program's name is enough.
  return text.substr(0, text.find(' '));
}

std::string holder_of(int fd) {
  char text[512];
  const ssize_t n = ::pread(fd, text, sizeof(text), 0);
  return n > 0 ? std::string(text, static_cast<size_t>(n)) : "another process";
}

}  // namespace

RootLock::RootLock(const std::filesystem::path& root) : owner_(::getpid()) {
  const std::filesystem::path path = root / "lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) throw_errno(errno, "open", path);
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const std::string holder = holder_of(fd_);
    ::close(fd_);
    if (error != EWOULDBLOCK) throw_errno(error, "lock", path);
    throw Error(ErrorCode::kLocked,
                root.string() + " is open in " + holder +
                    "; close it there, or let one process serve the folder to all: "
                    "`hotload serve`");
  }
  holder_ = "process " + std::to_string(owner_) + " (" + own_command() + ")";
  if (::ftruncate(fd_, 0) != 0 ||
      ::pwrite(fd_, holder_.data(), holder_.size(), 0) != static_cast<ssize_t>(holder_.size())) {
    const int error = errno;
    ::close(fd_);
    throw_errno(error, "write", path);
  }
}

bool RootLock::holds(const std::filesystem::path& root) const {
  struct stat held{}, there{};
  return ::fstat(fd_, &held) == 0 && ::stat((root / "lock").c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

RootLock::~RootLock() {
  // A forked child shares the lock: closing its copy must not release it.
  if (::getpid() == owner_) ::flock(fd_, LOCK_UN);
  ::close(fd_);
}

}  // namespace hotload::lake
