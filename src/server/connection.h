// SPDX-License-Identifier: Apache-2.0
// One client's connection: a coroutine that reads a request, has it answered, writes the answer,
// and goes on. All of a connection runs on one strand; what may block runs on the handlers'
// threads.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "server/router.h"
#include "server/stream.h"

namespace hotload::server {

// What connections share.
struct Shared {
  // Throws kInvalidArgument for a certificate or key that cannot be used.
  explicit Shared(Services& the_services);

  Services& services;
  std::optional<boost::asio::ssl::context> tls;
  boost::asio::thread_pool handlers;
  std::atomic<int64_t> waiting{0};  // for a handler's thread, or on one
  std::atomic<bool> stopping{false};
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Socket socket, Shared& shared);

  boost::asio::awaitable<void> run();
  // Ends it at once when it waits for a request. On its strand.
  void close_if_idle();
  // The same when it waits for the rest of a header.
  void close_if_waiting();
  // Instead of run(): says that there are too many, without reading a request.
  boost::asio::awaitable<void> refuse();
  // Since when it waits for a request or the rest of its header; nothing while it has one. From
  // any thread.
  std::optional<std::chrono::steady_clock::time_point> waiting_since() const;
  boost::asio::any_io_executor executor() { return stream_.get_executor(); }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::time_point kBusy = Clock::time_point::max();
  using Outgoing = boost::beast::http::buffer_body::value_type;
  using Serializer = boost::beast::http::response_serializer<boost::beast::http::buffer_body>;
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

  // A request's body on its way in. One whose length is said is read past the parser, straight to
  // where it goes; one in chunks through it.
  struct Incoming {
    Parser& parser;
    std::optional<uint64_t> left;
    explicit Incoming(Parser& the_parser);
    bool done() const { return left ? *left == 0 : parser.is_done(); }
  };

  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<bool> read_header(Parser& parser);
  boost::asio::awaitable<Response> respond(Incoming& body, Request& request, Plan& plan);
  boost::asio::awaitable<Response> work(const Plan& plan, const Request& request);
  boost::asio::awaitable<size_t> read_some(Incoming& body, void* bytes, size_t size);
  boost::asio::awaitable<size_t> read_straight(Incoming& body, void* bytes, size_t size);
  boost::asio::awaitable<size_t> read_full(Incoming& body, std::string& chunk);
  boost::asio::awaitable<void> read_body(Incoming& body, std::string& text, int64_t limit);
  boost::asio::awaitable<Response> fill(Incoming& body, std::unique_ptr<BodySink> sink);
  // What a refused request still sends.
  boost::asio::awaitable<void> drain(Incoming& body);
  // After the last answer: what is closed with bytes unread is reset, and the answer lost.
  boost::asio::awaitable<void> linger();
  boost::asio::awaitable<void> send_chunk(Serializer& serializer, Outgoing& body,
                                          std::string& chunk);
  boost::asio::awaitable<void> write(Response& response, const Request& request, bool keep_alive);
  template <typename Run>
  boost::asio::awaitable<void> offload(Run run);
  void expire_in(int64_t seconds);

  Stream stream_;
  Shared& shared_;
  boost::beast::flat_buffer buffer_;
  bool idle_ = true;
  std::atomic<Clock::time_point> waits_since_{Clock::now()};
};

}  // namespace hotload::server
