// SPDX-License-Identifier: Apache-2.0
#include "server/client_watch.h"

#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <string_view>

namespace hotload::server {

namespace {

constexpr std::chrono::milliseconds kPause{500};
// A client that waits must pass over it; one that has closed its socket resets the connection.
constexpr std::string_view kQuestion = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

ClientWatch::ClientWatch(Socket& socket, std::shared_ptr<Client> client, bool in_the_clear)
    : socket_(socket),
      client_(std::move(client)),
      timer_(socket.get_executor()),
      in_the_clear_(in_the_clear) {}

void ClientWatch::start() {
  timer_.expires_after(kPause);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code failed) {
    if (!failed && !self->ended_) self->check();
  });
}

void ClientWatch::end() {
  ended_ = true;
  timer_.cancel();
}

ClientWatch::Peer ClientWatch::look() {
  pollfd state{socket_.native_handle(), POLLRDHUP, 0};
  if (::poll(&state, 1, 0) <= 0) return Peer::kThere;
  if ((state.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return Peer::kGone;
  return (state.revents & POLLRDHUP) != 0 ? Peer::kSaysNoMore : Peer::kThere;
}

void ClientWatch::check() {
  const Peer peer = look();
  const bool ask = peer == Peer::kSaysNoMore && in_the_clear_;
  if (peer == Peer::kThere || (ask && asked_)) return start();
  const bool sent =
      ask && ::send(socket_.native_handle(), kQuestion.data(), kQuestion.size(),
                    MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(kQuestion.size());
  if (!sent) return client_->leave();
  asked_ = true;
  start();
}

}  // namespace hotload::server
