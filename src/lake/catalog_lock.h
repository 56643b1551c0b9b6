// SPDX-License-Identifier: Apache-2.0
// Keeps other programs off a catalog while this process has it open, also those in this process:
// Python's duckdb, which would write its older view of the file over our commits when it detaches.
//
// The engine's own lock does not: it belongs to the process, so that another engine in the process
// gets it too, and any close of the file here drops it. This one belongs to an open file
// (F_OFD_SETLK, Linux), and refuses all who ask for either kind. Elsewhere, and on file systems
// without it, there is no lock: what another program writes is reported by the next commit
// (Lake::check_stamp).
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace hotload::lake {

class CatalogLock {
 public:
  // Throws kLocked when another program has the catalog open. Holds nothing yet: the engine, which
  // is to open it now, would not get its own lock.
  explicit CatalogLock(const std::filesystem::path& catalog);
  ~CatalogLock();
  CatalogLock(const CatalogLock&) = delete;
  CatalogLock& operator=(const CatalogLock&) = delete;

  // Takes the place of the lock of the engine, which has the catalog open by now.
  void take();

 private:
  [[noreturn]] void refuse();

  const std::filesystem::path catalog_;
  int fd_ = -1;
  pid_t owner_ = 0;
};

}  // namespace hotload::lake
