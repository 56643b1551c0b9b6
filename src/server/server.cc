// SPDX-License-Identifier: Apache-2.0
#include "server/server.h"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "server/connection.h"

namespace hotload::server {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds kTick{250};
constexpr int kTicksToTidy = 240;  // a minute
constexpr std::chrono::seconds kPatience{
    1};  // with a connection that says nothing, when all are taken
constexpr int64_t kMaxRefusing = 256;

}  // namespace

struct Server::State {
  explicit State(Services& services) : shared(services) {}

  void listen();
  awaitable<void> accept();
  awaitable<void> serve(std::shared_ptr<Connection> connection);
  awaitable<void> refuse(std::shared_ptr<Connection> connection);
  bool make_room();
  void keep_house();  // on a thread of its own, until stopping
  void close_idle();

  asio::io_context context;
  tcp::acceptor acceptor{context};
  Shared shared;
  std::mutex mutex;
  std::set<std::shared_ptr<Connection>> connections;
  std::atomic<int64_t> refusing{0};
};

void Server::State::listen() {
  const Config& config = shared.services.config;
  try {
    const tcp::endpoint endpoint(asio::ip::make_address(config.host), config.port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
  } catch (const boost::system::system_error& error) {
    throw Error(ErrorCode::kUnavailable, "cannot listen on " + config.host + ":" +
                                             std::to_string(config.port) + ": " +
                                             error.code().message());
  }
}

awaitable<void> Server::State::accept() {
  while (!shared.stopping) {
    boost::system::error_code failed;
    tcp::socket socket = co_await acceptor.async_accept(
        asio::make_strand(context), asio::redirect_error(use_awaitable, failed));
    if (failed == asio::error::operation_aborted) co_return;
    if (failed) {
      // Too many open files, say: it passes.
      asio::steady_timer pause(context, kTick);
      co_await pause.async_wait(asio::redirect_error(use_awaitable, failed));
      continue;
    }
    socket.set_option(tcp::no_delay(true), failed);
    auto connection = std::make_shared<Connection>(std::move(socket), shared);
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
  for (int tick = 0; !shared.stopping; ++tick) {
    std::this_thread::sleep_for(kTick);
    shared.services.queries.interrupt_overdue();
    shared.services.keys.refresh();
    shared.services.sessions.close_idle();
    if (tick % kTicksToTidy == 0) shared.services.tidy();
  }
}

void Server::State::close_idle() {
  std::lock_guard lock(mutex);
  for (const auto& connection : connections) {
    asio::post(connection->executor(), [connection] { connection->close_if_idle(); });
  }
}

Server::Server(Services& services) : state_(std::make_shared<State>(services)) { state_->listen(); }

Server::~Server() = default;

uint16_t Server::port() const { return state_->acceptor.local_endpoint().port(); }

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
  const std::shared_ptr<State> state = state_;
  if (state->shared.stopping.exchange(true)) return;
  asio::post(state->context, [state] {
    boost::system::error_code ignored;
    state->acceptor.close(ignored);
  });
  state->close_idle();
  // Who does not end in time is cut off. The last quarter is for what is interrupted then.
  const std::chrono::milliseconds patience(state->shared.services.config.stop_timeout_s * 750);
  std::thread([state, patience] {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!state->context.stopped() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    state->context.stop();
  }).detach();
}

}  // namespace hotload::server
