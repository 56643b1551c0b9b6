// SPDX-License-Identifier: Apache-2.0
#include "server/stream.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace hotload::server {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;

struct Stream::Tls {
  asio::ssl::stream<boost::beast::tcp_stream&> stream;
};

Stream::Stream(asio::ip::tcp::socket socket, asio::ssl::context* tls) : tcp_(std::move(socket)) {
  if (tls != nullptr) tls_.reset(new Tls{{tcp_, *tls}});
}

Stream::~Stream() = default;

awaitable<void> Stream::open() {
  if (tls_) co_await tls_->stream.async_handshake(asio::ssl::stream_base::server, use_awaitable);
}

awaitable<void> Stream::close() {
  boost::system::error_code ignored;
  if (tls_ && tcp_.socket().is_open()) {
    co_await tls_->stream.async_shutdown(asio::redirect_error(use_awaitable, ignored));
  }
  tcp_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  tcp_.close();
}

void Stream::read(std::vector<asio::mutable_buffer> into, Done done) {
  if (tls_) return tls_->stream.async_read_some(into, std::move(done));
  tcp_.async_read_some(into, std::move(done));
}

void Stream::write(std::vector<asio::const_buffer> from, Done done) {
  if (tls_) return tls_->stream.async_write_some(from, std::move(done));
  tcp_.async_write_some(from, std::move(done));
}

}  // namespace hotload::server
