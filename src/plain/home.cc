// SPDX-License-Identifier: Apache-2.0
#include "plain/home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>

#include "hotload/error.h"
#include "lake/files.h"
#include "model/receipt_json.h"
#include "model/short_hash.h"
#include "remote/state_folder.h"

namespace hotload::plain {

namespace fs = std::filesystem;

namespace {

fs::path home_folder() {
  const fs::path folder = remote::state_folder();
  if (!folder.empty()) return folder / "plain";
  throw Error(ErrorCode::kInvalidArgument,
              "loads into plain Hotdata are remembered in a folder: name it by HOTLOAD_STATE_DIR");
}

std::string name_of(const LoadKey& key) {
  return model::long_hash(boost::json::serialize(model::to_json(key)));
}

}  // namespace

CommitLock::CommitLock(const fs::path& file)
    : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (fd_ < 0) lake::throw_errno(errno, "open", file);
  while (::flock(fd_, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const int failed = errno;
    ::close(fd_);
    lake::throw_errno(failed, "lock", file);
  }
}

CommitLock::~CommitLock() { ::close(fd_); }

Home::Home(std::string url, std::string workspace, std::string database_id)
    : url_(std::move(url)),
      workspace_(std::move(workspace)),
      database_id_(std::move(database_id)),
      folder_(home_folder() / model::long_hash(database_id_)) {}

void Home::make() const {
  if (fs::exists(folder_ / "about.json")) return;
  lake::make_directories(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
  const boost::json::object about{
      {"url", url_}, {"workspace", workspace_}, {"database_id", database_id_}};
  lake::write_file_synced(folder_ / "about.json", boost::json::serialize(about));
}

CommitLock Home::lock() const {
  make();
  return CommitLock(folder_ / "lock");
}

fs::path Home::load_folder(const LoadKey& key) const { return folder_ / "loads" / name_of(key); }

std::vector<fs::path> Home::load_folders() const {
  std::vector<fs::path> folders;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder_ / "loads", missing)) {
    folders.push_back(entry.path());
  }
  return folders;
}

fs::path Home::receipt_file(const LoadKey& key) const {
  return folder_ / "receipts" / (name_of(key) + ".json");
}

std::optional<Receipt> Home::receipt(const LoadKey& key) const {
  const fs::path file = receipt_file(key);
  if (!fs::exists(file)) return {};
  return model::receipt_from_json(lake::read_file(file));
}

void Home::keep(const Receipt& receipt) const {
  make();
  lake::make_directories(folder_ / "receipts");
  lake::write_file_synced(receipt_file(receipt.key),
                          boost::json::serialize(model::to_json(receipt)));
}

}  // namespace hotload::plain
