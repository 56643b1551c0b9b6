// SPDX-License-Identifier: Apache-2.0
// Looks now and then, while a handler works, whether the client still waits for its answer. Bytes
// of a next request, read or not, do not matter. All of it runs on the connection's executor.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "server/http.h"
#include "server/stream.h"

namespace hotload::server {

class ClientWatch : public std::enable_shared_from_this<ClientWatch> {
 public:
  // `in_the_clear`: the client can be asked by a "100 Continue" whether it has but closed its side.
  ClientWatch(Socket& socket, std::shared_ptr<Client> client, bool in_the_clear);

  void start();
  // From here on the socket is not touched.
  void end();

 private:
  enum class Peer { kThere, kSaysNoMore, kGone };
  Peer look();
  void check();

  Socket& socket_;
  std::shared_ptr<Client> client_;
  boost::asio::steady_timer timer_;
  const bool in_the_clear_;
  bool asked_ = false;
  bool ended_ = false;
};

}  // namespace hotload::server
