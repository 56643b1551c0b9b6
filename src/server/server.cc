// SPDX-License-Identifier: Apache-2.0
#include "server/server.h"

#include <sys/socket.h>
#include <atomic>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "api/folder_socket.h"
#include "server/connection.h"
#include "server/unshared.h"

namespace hotload::server {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

namespace {

using Protocol = asio::generic::stream_protocol;

constexpr std::chrono::milliseconds kTick{250};
constexpr std::chrono::milliseconds kStopTick{10};
constexpr int kTicksToTidy = 240;  // a minute
constexpr std::chrono::seconds kPatience{
    1};  // with a connection that says nothing, when all are taken
constexpr int64_t kMaxRefusing = 256;

}  // namespace

struct Server::State {
  explicit State(Services& services) : shared(services) {}

  void listen();
  void listen_on(int listening);
  // nullptr: nobody is there any more, or one who may not.
  std::shared_ptr<Connection> take(boost::system::error_code& failed);
  awaitable<void> accept();
  awaitable<void> serve(std::shared_ptr<Connection> connection);
  awaitable<void> refuse(std::shared_ptr<Connection> connection);
  bool make_room();
  void keep_house();  // on a thread of its own, until the context has stopped
  void close_idle();

  Shared shared;  // outlives what is left in the context
  asio::io_context context;
  asio::basic_socket_acceptor<Protocol> acceptor{context};
  int family = 0;
  uint16_t port = 0;
  std::mutex mutex;
  std::condition_variable stopped;
  std::set<std::shared_ptr<Connection>> connections;
  std::atomic<int64_t> refusing{0};
};

void Server::State::listen() {
  const Config& config = shared.services.config;
  try {
    const tcp::endpoint endpoint(asio::ip::make_address(config.host), config.port);
    tcp::acceptor bound(context);
    bound.open(endpoint.protocol());
    bound.set_option(tcp::acceptor::reuse_address(true));
    bound.bind(endpoint);
    bound.listen();
    port = bound.local_endpoint().port();
    listen_on(bound.release());
  } catch (const boost::system::system_error& error) {
    throw Error(ErrorCode::kUnavailable, "cannot listen on " + config.host + ":" +
                                             std::to_string(config.port) + ": " +
                                             error.code().message());
  }
}

void Server::State::listen_on(int listening) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
  family = address.ss_family;
  acceptor.assign(Protocol(family, 0), listening);
  acceptor.non_blocking(true);
}

std::shared_ptr<Connection> Server::State::take(boost::system::error_code& failed) {
  const int accepted = ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
  if (accepted < 0) {
    failed.assign(errno, boost::system::system_category());
    return nullptr;
  }
  const bool local = shared.services.config.local;
  if (local) close_in_children(accepted);
  Socket socket(asio::make_strand(context), Protocol(family, 0), accepted);
  if (local && !api::is_peer_trusted(accepted)) return nullptr;
  if (!local) socket.set_option(tcp::no_delay(true), failed);
  failed.clear();
  return std::make_shared<Connection>(std::move(socket), shared);
}

awaitable<void> Server::State::accept() {
  while (!shared.stopping) {
    boost::system::error_code failed;
    co_await acceptor.async_wait(Protocol::socket::wait_read,
                                 asio::redirect_error(use_awaitable, failed));
    if (failed == asio::error::operation_aborted) co_return;
    const std::shared_ptr<Connection> connection = take(failed);
    if (failed && failed != asio::error::would_block) {
      // Too many open files, say: it passes.
      asio::steady_timer pause(context, kTick);
      co_await pause.async_wait(asio::redirect_error(use_awaitable, failed));
      continue;
    }
    if (connection == nullptr) continue;
    {
      std::lock_guard lock(mutex);
      const auto most = static_cast<size_t>(shared.services.config.max_connections);
      if (connections.size() >= most && !make_room()) {
        if (refusing >= kMaxRefusing) continue;  // closed unread
        ++refusing;
        asio::co_spawn(connection->executor(), refuse(connection), asio::detached);
        continue;
      }
      connections.insert(connection);
    }
    asio::co_spawn(connection->executor(), serve(connection), asio::detached);
  }
}

// The one that has kept us waiting for a request the longest goes. With the mutex held.
bool Server::State::make_room() {
  const auto now = std::chrono::steady_clock::now();
  auto oldest = connections.end();
  auto since = now - kPatience;
  for (auto it = connections.begin(); it != connections.end(); ++it) {
    const auto waits = (*it)->waiting_since();
    if (!waits || *waits >= since) continue;
    oldest = it;
    since = *waits;
  }
  if (oldest == connections.end()) return false;
  asio::post((*oldest)->executor(), [gone = *oldest] { gone->close_if_waiting(); });
  connections.erase(oldest);
  return true;
}

awaitable<void> Server::State::refuse(std::shared_ptr<Connection> connection) {
  co_await connection->refuse();
  --refusing;
}

awaitable<void> Server::State::serve(std::shared_ptr<Connection> connection) {
  co_await connection->run();
  std::lock_guard lock(mutex);
  connections.erase(connection);
}

void Server::State::keep_house() {
  const auto until_stopping = [this](std::chrono::milliseconds time) {
    std::unique_lock lock(mutex);
    return stopped.wait_for(lock, time, [this] { return shared.stopping.load(); });
  };
  for (int tick = 0; !until_stopping(kTick); ++tick) {
    shared.services.queries.interrupt_overdue();
    shared.services.sessions.interrupt_overdue();
    shared.services.keys.refresh();
    shared.services.sessions.close_idle();
    if (tick % kTicksToTidy == 0) shared.services.tidy();
  }
  // Who does not end in time is cut off. The last quarter is for what is interrupted then.
  const auto deadline = std::chrono::steady_clock::now() +
                        std::chrono::milliseconds(shared.services.config.stop_timeout_ms * 3 / 4);
  while (!context.stopped() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kStopTick);
  }
  context.stop();
}

void Server::State::close_idle() {
  std::lock_guard lock(mutex);
  for (const auto& connection : connections) {
    asio::post(connection->executor(), [connection] { connection->close_if_idle(); });
  }
}

Server::Server(Services& services) : state_(std::make_unique<State>(services)) { state_->listen(); }

Server::Server(Services& services, int listening) : state_(std::make_unique<State>(services)) {
  state_->listen_on(listening);
}

Server::~Server() = default;

uint16_t Server::port() const { return state_->port; }

void Server::run() {
  State& state = *state_;
  asio::co_spawn(state.context, state.accept(), asio::detached);
  std::thread house([&] { state.keep_house(); });
  std::vector<std::thread> threads;
  for (int64_t i = 1; i < state.shared.services.config.io_threads; ++i) {
    threads.emplace_back([&] { state.context.run(); });
  }
  state.context.run();
  for (std::thread& thread : threads) thread.join();
  house.join();
  // First the queries are interrupted: some run on the handlers' threads.
  state.shared.services.stop();
  state.shared.handlers.join();
}

void Server::stop() {
  State& state = *state_;
  {
    std::lock_guard lock(state.mutex);
    if (state.shared.stopping.exchange(true)) return;
    state.stopped.notify_all();
  }
  asio::post(state.context, [&state] {
    boost::system::error_code ignored;
    state.acceptor.close(ignored);
  });
  state.close_idle();
}

}  // namespace hotload::server
