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
  // On a socket that listens already; takes it over.
  Server(Services& services, int listening);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;
  // Serves until stop() was called and what ran then has ended; after that no thread is left.
  void run();
  // From any thread, once or again. Connections end after the answer they are at; those that do
  // not in time are cut off.
  void stop();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace hotload::server
