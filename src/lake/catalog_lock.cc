// SPDX-License-Identifier: Apache-2.0
#include "lake/catalog_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <mutex>
#include <utility>

#include "lake/files.h"

namespace hotload::lake {

namespace {

// Elsewhere a command that fcntl refuses as unknown.
#ifdef F_OFD_SETLK
constexpr int kSetLock = F_OFD_SETLK;
constexpr int kGetLock = F_OFD_GETLK;
#else
constexpr int kSetLock = -1;
constexpr int kGetLock = -1;
#endif

struct flock whole_file(short kind) {
  struct flock lock{};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;
  return lock;
}

// False when somebody else has a lock. Without such locks all is granted.
bool set_lock(int fd, short kind) {
  struct flock lock = whole_file(kind);
  return ::fcntl(fd, kSetLock, &lock) == 0 || (errno != EAGAIN && errno != EACCES);
}

bool is_locked_by_this_process(int fd) {
  struct flock lock = whole_file(F_WRLCK);
  return ::fcntl(fd, kGetLock, &lock) == 0 && lock.l_pid == ::getpid();
}

// Files that another engine in this process has locked: closing one would drop that lock.
class LeftOpen {
 public:
  // -1: none.
  int take(const std::string& path) {
    std::lock_guard lock(mutex_);
    const auto found = files_.find(path);
    if (found == files_.end()) return -1;
    const int fd = found->second;
    files_.erase(found);
    return fd;
  }
  void put(const std::string& path, int fd) {
    std::lock_guard lock(mutex_);
    files_.emplace(path, fd);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> files_;
};

LeftOpen& left_open() {
  static LeftOpen files;
  return files;
}

}  // namespace

CatalogLock::CatalogLock(const std::filesystem::path& catalog)
    : catalog_(catalog), owner_(::getpid()) {
  fd_ = left_open().take(catalog_);
  if (fd_ < 0) fd_ = ::open(catalog_.c_str(), O_RDWR | O_CLOEXEC);
  if (fd_ < 0 && errno == ENOENT) return;  // it is about to be made
  if (fd_ < 0) throw_errno(errno, "open", catalog_);
  if (!set_lock(fd_, F_WRLCK)) refuse();
  set_lock(fd_, F_UNLCK);
}

void CatalogLock::take() {
  // Closing an open file of it drops the engine's lock, which would stand in our own way. The file
  // is not the earlier one where an upgrade has put another in its place.
  const int passing = ::open(catalog_.c_str(), O_RDONLY | O_CLOEXEC);
  const int fresh = ::open(catalog_.c_str(), O_RDWR | O_CLOEXEC);
  const int error = errno;
  if (passing >= 0) ::close(passing);
  if (fresh < 0) throw_errno(error, "open", catalog_);
  if (fd_ >= 0) ::close(fd_);
  fd_ = fresh;
  if (!set_lock(fd_, F_WRLCK)) refuse();
}

void CatalogLock::refuse() {
  const int fd = std::exchange(fd_, -1);
  if (is_locked_by_this_process(fd)) {
    left_open().put(catalog_, fd);
  } else {
    ::close(fd);
  }
  throw Error(ErrorCode::kLocked, catalog_.string() +
                                      " is open in another program as well; close it there "
                                      "(DETACH), then open the lake again");
}

CatalogLock::~CatalogLock() {
  if (fd_ < 0) return;
  // A forked child shares the lock: closing its copy must not release it.
  if (::getpid() == owner_) set_lock(fd_, F_UNLCK);
  ::close(fd_);
}

}  // namespace hotload::lake
