// SPDX-License-Identifier: Apache-2.0
#include "server/unshared.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <string_view>

#include "api/folder_socket.h"

namespace hotload::server {

namespace {

constexpr int kMaxSockets = 4096;  // descriptors beyond are left to the child

// By descriptor. What is closed stays marked: a look at it tells what it is by then.
std::atomic<bool> marked[kMaxSockets];
std::atomic<int> highest{-1};

// Between fork and exec: only what may be called in a signal's handler.
bool is_of_folder(int socket) {
  sockaddr_un address{};
  socklen_t size = sizeof(address);
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  if (address.sun_family != AF_UNIX || size <= sizeof(sa_family_t)) return false;
  return std::string_view(address.sun_path).ends_with(api::FolderSocket::kName);
}

void close_all() {
  for (int socket = 0; socket <= highest; ++socket) {
    if (marked[socket].exchange(false) && is_of_folder(socket)) ::close(socket);
  }
  highest = -1;
}

}  // namespace

void close_in_children(int socket) {
  static const int registered = ::pthread_atfork(nullptr, nullptr, close_all);
  if (registered != 0 || socket < 0 || socket >= kMaxSockets) return;
  marked[socket] = true;
  for (int seen = highest; seen < socket && !highest.compare_exchange_weak(seen, socket);) {
  }
}

}  // namespace hotload::server
