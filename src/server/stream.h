// SPDX-License-Identifier: Apache-2.0
// A client's connection as a stream of bytes with a deadline, in the clear or through TLS.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>

namespace hotload::server {

class Stream {
 public:
  using executor_type = boost::beast::tcp_stream::executor_type;

  // In the clear without `tls`, which must outlive the stream.
  Stream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls)
      : tcp_(std::move(socket)) {
    if (tls != nullptr) tls_.emplace(tcp_, *tls);
  }

  executor_type get_executor() { return tcp_.get_executor(); }
  // Its deadlines hold for what goes through TLS too.
  boost::beast::tcp_stream& tcp() { return tcp_; }

  // Before anything is read.
  boost::asio::awaitable<void> open() {
    if (tls_) {
      co_await tls_->async_handshake(boost::asio::ssl::stream_base::server,
                                     boost::asio::use_awaitable);
    }
  }

  // Tells the peer that nothing more will come, and closes.
  boost::asio::awaitable<void> close() {
    boost::system::error_code ignored;
    if (tls_ && tcp_.socket().is_open()) {
      co_await tls_->async_shutdown(
          boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
    tcp_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    tcp_.close();
  }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, size_t)>(
        [this](auto handler, const Buffers& into) {
          if (tls_) {
            tls_->async_read_some(into, std::move(handler));
          } else {
            tcp_.async_read_some(into, std::move(handler));
          }
        },
        token, buffers);
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, size_t)>(
        [this](auto handler, const Buffers& from) {
          if (tls_) {
            tls_->async_write_some(from, std::move(handler));
          } else {
            tcp_.async_write_some(from, std::move(handler));
          }
        },
        token, buffers);
  }

 private:
  boost::beast::tcp_stream tcp_;
  std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
};

}  // namespace hotload::server
