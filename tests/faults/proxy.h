// SPDX-License-Identifier: Apache-2.0
// A proxy that does harm: between a client and a server it lets all requests pass but those at
// which its fault fires. Threads: one accepts, one for each connection.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace hotload::faults {

enum class Fault {
  kCutBeforeServer,  // the server never hears of the request
  kCutInBody,        // it hears a part of the request's body
  kAnswerLost,       // it has answered, the client hears nothing
  kCutInAnswer,      // the client hears a part of the answer
  kDelay,
  kStatus,  // an answer of the proxy's own; the server is not asked
  kTwice,   // the server hears the request twice, one after the other
  kTwiceAtOnce,
  kRefused,  // and as long as it fires no connection is taken
};
inline constexpr int kFaults = 9;

struct Plan {
  Fault fault = Fault::kDelay;
  int at = 0;          // the request at which it fires, from 0
  int times = 1;       // that many requests in a row
  double where = 0.5;  // of the bytes, from 0 to 1: where a cut is
  int status = 503;
  std::string code;  // of the answer's body; empty: no body
  std::optional<int> retry_after_s;
};

class Proxy {
 public:
  explicit Proxy(uint16_t server_port);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void arm(const Plan& plan);
  // Ends what `arm` began. How often the fault fired.
  int disarm();
  // How often, since `arm`, the server itself has asked the client to come back later.
  int asked_back();
  // The client waits before its next attempt.
  void client_waits();

 private:
  using Tcp = boost::asio::ip::tcp;
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;
  // A client's connection, and the one to the server that goes with it.
  struct Peer {
    explicit Peer(boost::asio::io_context& io) : client(io) {}
    Tcp::socket client;
    boost::beast::flat_buffer buffer;
    std::thread thread;
    bool done = false;
  };

  void listen();
  void accept();
  void reap();
  void serve(Peer& peer);
  // Whether the connection stays.
  bool pass(Peer& peer, const Request& request);
  // The plan, when it fires at this request.
  std::optional<Plan> next(const Request& request);
  void refuse();
  Response ask(const Request& request);
  // The text of an answer that reaches the client.
  std::string heard(const Response& answer);
  void ask_in_part(const Request& request, double where);
  Response ask_twice(const Request& request, bool at_once);

  boost::asio::io_context io_;
  const Tcp::endpoint server_;
  uint16_t port_ = 0;
  Tcp::acceptor acceptor_{io_};  // of the accepting thread, but for its shutdown
  std::mutex mutex_;
  std::condition_variable changed_;
  Plan plan_;
  bool armed_ = false;
  int requests_ = 0;
  int fired_ = 0;
  int asked_back_ = 0;
  int refusals_ = 0;  // waits of the client until connections are taken again
  bool listening_ = false;
  bool stopping_ = false;
  std::list<Peer> peers_;
  std::thread thread_;
};

}  // namespace hotload::faults
