// SPDX-License-Identifier: Apache-2.0
// Where the process that holds a folder answers the others of this machine: a socket in the folder.
#pragma once

#include <sys/un.h>

#include <filesystem>
#include <optional>
#include <string>

namespace hotload::api {

class FolderSocket {
 public:
  static constexpr const char* kName = "hotload.sock";

  // Keeps the folder open. Throws kIo.
  explicit FolderSocket(const std::filesystem::path& folder);
  ~FolderSocket();
  FolderSocket(const FolderSocket&) = delete;
  FolderSocket& operator=(const FolderSocket&) = delete;

  // By which the socket is bound and reached while this lives: a socket's address has room for
  // some hundred bytes, so a longer path goes by way of the open folder. Empty: there is no way.
  const std::string& address() const { return address_; }
  // The same as the system takes it; nothing when there is no way.
  std::optional<sockaddr_un> system_address() const;

  // What tells one socket from the next, empty when there is none that this process may trust: it
  // is ours or root's, or we are root.
  std::string identity() const;
  // Whether somebody listens there: after a kill the name stays.
  bool is_alive() const;
  // Takes the name away, whatever process has left it. Only the holder of the folder's lock may.
  void remove() const;

 private:
  int folder_ = -1;
  std::string address_;
};

// Whether the process at the other end may do what this one's user may.
bool is_peer_trusted(int socket);

}  // namespace hotload::api
