// SPDX-License-Identifier: Apache-2.0
// The HTTP server: listens, reads requests, lets handlers answer them on threads of their own, and
// writes the answers. Few threads serve many connections; none waits for a peer.
#pragma once

#include <cstdint>
#include <memory>

#include "server/services.h"

namespace hotload::server {

class Server {
 public:
  // Listens at once. Throws kUnavailable when the address cannot be had.
  explicit Server(Services& services);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;
  // Serves until stop() was called and what ran then has ended.
  void run();
  // From any thread, once or again. Connections end after the answer they are at.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hotload::server
