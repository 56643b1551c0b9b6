// SPDX-License-Identifier: Apache-2.0
// A client's connection as a stream of bytes with a deadline, in the clear or through TLS. What is
// read and written through it needs not be compiled for both.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <functional>
#include <memory>
#include <vector>

namespace hotload::server {

// Of the network or of this machine alone.
using Socket = boost::asio::generic::stream_protocol::socket;

class Stream {
 public:
  using Timed = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;
  using executor_type = Timed::executor_type;

  // In the clear without `tls`, which must outlive the stream.
  Stream(Socket socket, boost::asio::ssl::context* tls);
  ~Stream();

  executor_type get_executor() { return timed_.get_executor(); }
  // Its deadlines hold for what goes through TLS too.
  Timed& timed() { return timed_; }

  // Before anything is read.
  boost::asio::awaitable<void> open();
  // Tells the peer that nothing more will come, and closes.
  boost::asio::awaitable<void> close();

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, size_t)>(
        [this](auto handler, const Buffers& into) {
          read({boost::asio::buffer_sequence_begin(into), boost::asio::buffer_sequence_end(into)},
               erased(std::move(handler)));
        },
        token, buffers);
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, size_t)>(
        [this](auto handler, const Buffers& from) {
          write({boost::asio::buffer_sequence_begin(from), boost::asio::buffer_sequence_end(from)},
                erased(std::move(handler)));
        },
        token, buffers);
  }

 private:
  using Done = std::function<void(boost::system::error_code, size_t)>;
  struct Tls;

  // It runs on the stream's executor, as all that uses the stream does.
  template <typename Handler>
  static Done erased(Handler handler) {
    return [kept = std::make_shared<Handler>(std::move(handler))](
               boost::system::error_code failed, size_t bytes) { (*kept)(failed, bytes); };
  }
  void read(std::vector<boost::asio::mutable_buffer> into, Done done);
  void write(std::vector<boost::asio::const_buffer> from, Done done);

  Timed timed_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace hotload::server
