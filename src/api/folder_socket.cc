// SPDX-License-Identifier: Apache-2.0
#include "api/folder_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "hotload/error.h"

namespace hotload::api {

namespace {

constexpr size_t kMaxAddress = sizeof(sockaddr_un::sun_path) - 1;

bool is_trusted(uid_t user) { return user == ::geteuid() || user == 0 || ::geteuid() == 0; }

// The file of that name if it is a socket.
std::optional<struct stat> socket_file(int folder) {
  struct stat file{};
  const int failed = ::fstatat(folder, FolderSocket::kName, &file, AT_SYMLINK_NOFOLLOW);
  if (failed != 0 || !S_ISSOCK(file.st_mode)) return {};
  return file;
}

}  // namespace

FolderSocket::FolderSocket(const std::filesystem::path& folder)
    : folder_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (folder_ < 0) {
    throw Error(ErrorCode::kIo, "cannot open " + folder.string() + ": " + std::strerror(errno));
  }
  address_ = (folder / kName).string();
  if (address_.size() <= kMaxAddress) return;
  address_ = "/proc/self/fd/" + std::to_string(folder_);
  if (::access(address_.c_str(), F_OK) == 0) {
    address_ += std::string("/") + kName;
  } else {
    address_.clear();
  }
}

FolderSocket::~FolderSocket() { ::close(folder_); }

std::string FolderSocket::identity() const {
  const auto file = socket_file(folder_);
  if (!file || !is_trusted(file->st_uid)) return "";
  return std::to_string(file->st_dev) + ":" + std::to_string(file->st_ino) + ":" +
         std::to_string(file->st_ctim.tv_sec) + "." + std::to_string(file->st_ctim.tv_nsec);
}

std::optional<sockaddr_un> FolderSocket::system_address() const {
  if (address_.empty()) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, address_.c_str(), address_.size() + 1);
  return address;
}

bool FolderSocket::is_alive() const {
  const auto address = system_address();
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return false;
  const bool alive = address && ::connect(probe, reinterpret_cast<const sockaddr*>(&*address),
                                          sizeof(*address)) == 0;
  ::close(probe);
  return alive;
}

void FolderSocket::remove() const {
  if (socket_file(folder_)) ::unlinkat(folder_, kName, 0);
}

bool is_peer_trusted(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

}  // namespace hotload::api
