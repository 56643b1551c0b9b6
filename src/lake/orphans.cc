// SPDX-License-Identifier: Apache-2.0
#include "lake/orphans.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "lake/catalog_files.h"
#include "lake/layout.h"
#include "lake/staging.h"

namespace hotload::lake {

namespace {

int64_t size_of_tree(const fs::path& folder) {
  std::error_code error;
  int64_t bytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) bytes += static_cast<int64_t>(entry.file_size(error));
  }
  return bytes;
}

}  // namespace

int64_t age_seconds(const fs::path& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return 0;  // just gone: nothing to delete
  return std::time(nullptr) - std::max(status.st_mtim.tv_sec, status.st_ctim.tv_sec);
}

std::vector<Orphan> orphaned_files(engine::Connection& connection, const Lake& lake,
                                   int64_t grace_seconds) {
  // The disk is read first: what a commit adds meanwhile is then in the catalog, or too young.
  std::vector<Orphan> found;
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(lake.data_folder(), error)) {
    if (entry.is_directory(error) || age_seconds(entry.path()) < grace_seconds) continue;
    found.push_back({entry.path(), static_cast<int64_t>(entry.file_size(error))});
  }
  if (found.empty()) return found;
  std::set<fs::path> owned = discarded_files(connection, lake);
  for (const CatalogFile& file : catalog_files(connection, lake)) {
    owned.insert(file.path.lexically_normal());
  }
  std::erase_if(found, [&](const Orphan& orphan) { return owned.contains(orphan.path); });
  return found;
}

std::vector<Orphan> orphaned_staging(const Lake& lake, int64_t grace_seconds) {
  std::vector<Orphan> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(lake.staging_folder(), error)) {
    if (Staging::holds_load(entry.path()) || age_seconds(entry.path()) < grace_seconds) continue;
    found.push_back({entry.path(), size_of_tree(entry.path())});
  }
  return found;
}

void remove_empty_folders(const fs::path& root, int64_t grace_seconds) {
  std::error_code error;
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root, error)) {
    if (entry.is_directory(error) && age_seconds(entry.path()) >= grace_seconds) {
      folders.push_back(entry.path());
    }
  }
  // The deepest first; rmdir leaves alone what holds anything.
  std::sort(folders.rbegin(), folders.rend());
  for (const fs::path& folder : folders) ::rmdir(folder.c_str());
}

}  // namespace hotload::lake
