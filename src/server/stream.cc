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
  asio::ssl::stream<Timed&> stream;
};

Stream::Stream(Socket socket, asio::ssl::context* tls) : timed_(std::move(socket)) {
  if (tls != nullptr) tls_.reset(new Tls{{timed_, *tls}});
}

Stream::~Stream() = default;

awaitable<void> Stream::open() {
  if (tls_) co_await tls_->stream.async_handshake(asio::ssl::stream_base::server, use_awaitable);
}

awaitable<void> Stream::close() {
  boost::system::error_code ignored;
  if (tls_ && timed_.socket().is_open()) {
    co_await tls_->stream.async_shutdown(asio::redirect_error(use_awaitable, ignored));
  }
  timed_.socket().shutdown(Socket::shutdown_send, ignored);
  timed_.close();
}

void Stream::read(std::vector<asio::mutable_buffer> into, Done done) {
  if (tls_) return tls_->stream.async_read_some(into, std::move(done));
  timed_.async_read_some(into, std::move(done));
}

void Stream::write(std::vector<asio::const_buffer> from, Done done) {
  if (tls_) return tls_->stream.async_write_some(from, std::move(done));
  timed_.async_write_some(from, std::move(done));
}

}  // namespace hotload::server
