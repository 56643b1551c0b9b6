// SPDX-License-Identifier: Apache-2.0
// The lock of a lake's folder: flock on its `lock` file, which names the holder. Held by this
// process as long as any workspace on the folder is open. What keeps other programs off the
// catalogs in it is catalog_lock.h.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace hotload::lake {

class RootLock {
 public:
  // Throws kLocked at once, naming the holder, when another process has it.
  explicit RootLock(const std::filesystem::path& root);
  ~RootLock();
  RootLock(const RootLock&) = delete;
  RootLock& operator=(const RootLock&) = delete;

  // Whether the folder is still the one that was locked. One that was removed, and perhaps made
  // anew, has another lock file or none.
  bool holds(const std::filesystem::path& root) const;
  // This process, as others are told: "process 7 (python)".
  const std::string& holder() const { return holder_; }

 private:
  int fd_ = -1;
  pid_t owner_ = 0;
  std::string holder_;
};

}  // namespace hotload::lake
