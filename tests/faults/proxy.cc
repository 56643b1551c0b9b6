// SPDX-License-Identifier: Apache-2.0
#include "proxy.h"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <future>
#include <sstream>

#include "remote/retry.h"

namespace hotload::faults {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr auto kDelayTime = std::chrono::milliseconds(5);
constexpr uint64_t kMaxBytes = uint64_t{1} << 30;

template <typename Message>
std::string text_of(const Message& message) {
  std::ostringstream out;
  out << message;
  return std::move(out).str();
}

// At least one byte, and not all of them.
size_t part_of(size_t size, double where) {
  const auto most = static_cast<double>(size - 1);
  return std::max<size_t>(1, static_cast<size_t>(most * where));
}

std::string own_answer(const Plan& plan) {
  http::response<http::string_body> answer{static_cast<http::status>(plan.status), 11};
  if (!plan.code.empty()) {
    answer.set(http::field::content_type, "application/json");
    answer.body() = R"({"error":{"code":")" + plan.code + R"(","message":"by the proxy"}})";
  }
  if (plan.retry_after_s) {
    answer.set(http::field::retry_after, std::to_string(*plan.retry_after_s));
  }
  answer.prepare_payload();
  return text_of(answer);
}

// A reset would take away what the peer has not read yet.
void close_gently(asio::ip::tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
}

}  // namespace

Proxy::Proxy(uint16_t server_port)
    : server_(asio::ip::address_v4::loopback(), server_port), thread_() {
  listen();
  thread_ = std::thread([this] { accept(); });
}

Proxy::~Proxy() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    for (Peer& peer : peers_) close_gently(peer.client);
  }
  changed_.notify_all();
  thread_.join();
  for (Peer& peer : peers_) peer.thread.join();
}

void Proxy::listen() {
  const Tcp::endpoint here(asio::ip::address_v4::loopback(), port_);
  acceptor_.open(here.protocol());
  acceptor_.set_option(Tcp::acceptor::reuse_address(true));
  acceptor_.bind(here);
  acceptor_.listen();
  port_ = acceptor_.local_endpoint().port();
  listening_ = true;
}

void Proxy::accept() {
  while (true) {
    Tcp::socket client(io_);
    boost::system::error_code failed;
    acceptor_.accept(client, failed);
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    if (!failed) {
      reap();
      Peer& peer = peers_.emplace_back(io_);
      peer.client = std::move(client);
      peer.client.set_option(Tcp::no_delay(true));
      peer.thread = std::thread([this, &peer] { serve(peer); });
      continue;
    }
    acceptor_.close(failed);
    listening_ = false;
    changed_.notify_all();
    changed_.wait(lock, [this] { return refusals_ == 0 || stopping_; });
    if (stopping_) return;
    listen();
    changed_.notify_all();
  }
}

// Connections that have ended. Under the mutex.
void Proxy::reap() {
  for (auto peer = peers_.begin(); peer != peers_.end();) {
    if (peer->done) peer->thread.join();
    peer = peer->done ? peers_.erase(peer) : std::next(peer);
  }
}

void Proxy::arm(const Plan& plan) {
  const std::lock_guard lock(mutex_);
  plan_ = plan;
  requests_ = fired_ = asked_back_ = 0;
  armed_ = true;
}

int Proxy::disarm() {
  std::unique_lock lock(mutex_);
  armed_ = false;
  refusals_ = 0;
  changed_.notify_all();
  changed_.wait(lock, [this] { return listening_; });
  return fired_;
}

int Proxy::asked_back() {
  const std::lock_guard lock(mutex_);
  return asked_back_;
}

void Proxy::client_waits() {
  std::unique_lock lock(mutex_);
  if (refusals_ == 0 || --refusals_ > 0) return;
  changed_.notify_all();
  changed_.wait(lock, [this] { return listening_; });
}

std::optional<Plan> Proxy::next(const Request& request) {
  const std::lock_guard lock(mutex_);
  const int number = requests_++;
  if (!armed_ || number < plan_.at || number >= plan_.at + plan_.times) return {};
  if (plan_.fault == Fault::kCutInBody && request.body().size() < 2) return {};
  ++fired_;
  return plan_;
}

// The first attempt has reached us, and is cut off; those after it are refused until the client has
// waited `times` times.
void Proxy::refuse() {
  std::unique_lock lock(mutex_);
  refusals_ = plan_.times;
  plan_.times = 1;
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
  changed_.wait(lock, [this] { return !listening_ || stopping_; });
}

Proxy::Response Proxy::ask(const Request& request) {
  Tcp::socket server(io_);
  server.connect(server_);
  http::write(server, request);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxBytes);
  http::read(server, buffer, parser);
  return parser.release();
}

std::string Proxy::heard(const Response& answer) {
  const int status = answer.result_int();
  const bool locked = status == 409 && answer.body().find("RESOURCE_LOCKED") != std::string::npos;
  if (locked || (status != 409 && remote::is_transient_answer(status, ""))) {
    const std::lock_guard lock(mutex_);
    ++asked_back_;
  }
  return text_of(answer);
}

void Proxy::ask_in_part(const Request& request, double where) {
  const std::string text = text_of(request);
  const size_t body = request.body().size();
  Tcp::socket server(io_);
  server.connect(server_);
  asio::write(server, asio::buffer(text.data(), text.size() - body + part_of(body, where)));
}

Proxy::Response Proxy::ask_twice(const Request& request, bool at_once) {
  auto first = std::async(at_once ? std::launch::async : std::launch::deferred,
                          [&] { return ask(request); });
  if (!at_once) first.wait();
  Response second = ask(request);
  first.get();
  return second;
}

bool Proxy::pass(Peer& peer, const Request& request) {
  const std::optional<Plan> plan = next(request);
  std::string answer;
  size_t sent = 0;
  if (!plan) {
    answer = heard(ask(request));
  } else {
    switch (plan->fault) {
      case Fault::kRefused:
        refuse();
        return false;
      case Fault::kCutBeforeServer:
        return false;
      case Fault::kCutInBody:
        ask_in_part(request, plan->where);
        return false;
      case Fault::kAnswerLost:
        ask(request);
        return false;
      case Fault::kCutInAnswer:
        answer = text_of(ask(request));
        sent = part_of(answer.size(), plan->where);
        break;
      case Fault::kDelay:
        std::this_thread::sleep_for(kDelayTime);
        answer = heard(ask(request));
        break;
      case Fault::kStatus:
        answer = own_answer(*plan);
        break;
      case Fault::kTwice:
      case Fault::kTwiceAtOnce:
        answer = heard(ask_twice(request, plan->fault == Fault::kTwiceAtOnce));
        break;
    }
  }
  const bool whole = sent == 0;
  asio::write(peer.client, asio::buffer(answer.data(), whole ? answer.size() : sent));
  return whole;
}

void Proxy::serve(Peer& peer) {
  try {
    for (bool more = true; more;) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(kMaxBytes);
      http::read(peer.client, peer.buffer, parser);
      more = pass(peer, parser.get());
    }
  } catch (const boost::system::system_error&) {
    // The client or the server has hung up.
  }
  const std::lock_guard lock(mutex_);
  close_gently(peer.client);
  peer.done = true;
}

}  // namespace hotload::faults
