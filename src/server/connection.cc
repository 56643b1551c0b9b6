// SPDX-License-Identifier: Apache-2.0
#include "server/connection.h"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <exception>

#include "api/errors.h"
#include "model/identifier.h"
#include "server/client_watch.h"
#include "server/finally.h"
#include "server/log.h"
#include "server/request.h"

namespace hotload::server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::awaitable;
using asio::use_awaitable;
using namespace asio::experimental::awaitable_operators;
using boost::system::error_code;

namespace {

constexpr size_t kChunkBytes = size_t{128} << 10;  // of which a connection holds two
constexpr std::chrono::milliseconds kGatherTime{20};
constexpr int64_t kCloseSeconds = 2;
constexpr uint64_t kDrainBytes = uint64_t{1} << 20;

// TLS 1.2 and later, with the certificates and the key of the configuration.
asio::ssl::context tls_context(const Config& config) {
  using asio::ssl::context;
  context tls(context::tls_server);
  try {
    tls.set_options(context::default_workarounds | context::no_sslv2 | context::no_sslv3 |
                    context::no_tlsv1 | context::no_tlsv1_1);
    tls.use_certificate_chain_file(config.tls_certificate);
    tls.use_private_key_file(config.tls_key, context::pem);
  } catch (const boost::system::system_error& error) {
    throw Error(ErrorCode::kInvalidArgument, "the TLS certificate '" + config.tls_certificate +
                                                 "' with the key '" + config.tls_key +
                                                 "' cannot be used: " + error.code().message());
  }
  return tls;
}

bool asks_first(const Request& request) {
  return model::fold_case(request.header("expect")) == "100-continue";
}

// Appends parts until they are worth a chunk of their own. What comes slowly is not held back.
bool gather(const BodySource& source, std::string& chunk) {
  const auto until = std::chrono::steady_clock::now() + kGatherTime;
  bool more = true;
  while (more && chunk.size() < kChunkBytes && std::chrono::steady_clock::now() < until) {
    more = source(chunk);
  }
  return more;
}

template <typename Body>
void set_head(http::response<Body>& head, const Response& response, bool keep_alive) {
  head.result(static_cast<unsigned>(response.status));
  head.version(11);
  if (!response.content_type.empty()) head.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) head.set(name, value);
  head.keep_alive(keep_alive);
}

}  // namespace

Shared::Shared(Services& the_services)
    : services(the_services), handlers(static_cast<size_t>(services.config.handler_threads)) {
  if (!services.config.tls_certificate.empty()) tls = tls_context(services.config);
}

Connection::Connection(Socket socket, Shared& shared)
    : stream_(std::move(socket), shared.tls ? &*shared.tls : nullptr),
      shared_(shared),
      buffer_(static_cast<size_t>(shared.services.config.max_header_bytes) + kChunkBytes) {}

void Connection::expire_in(int64_t seconds) {
  stream_.timed().expires_after(std::chrono::seconds(seconds));
}

void Connection::close_if_idle() {
  if (idle_) stream_.timed().close();
}

void Connection::close_if_waiting() {
  if (waiting_since()) stream_.timed().close();
}

std::optional<std::chrono::steady_clock::time_point> Connection::waiting_since() const {
  const Clock::time_point since = waits_since_;
  return since == kBusy ? std::nullopt : std::optional(since);
}

awaitable<void> Connection::refuse() {
  const auto self = shared_from_this();
  // Through TLS it would take a handshake to say anything.
  if (!shared_.tls) {
    try {
      Response full = json_response(
          503, to_json(api::Failure(503, api::kOverloaded, "too many connections; try again", 1)));
      full.headers.emplace_back("Retry-After", "1");
      const Request unknown;
      co_await write(full, unknown, false);
      co_await linger();
    } catch (const std::exception&) {
      // The peer is gone.
    }
  }
  stream_.timed().close();
}

awaitable<void> Connection::linger() {
  error_code failed;
  // Through TLS it would end the connection for both.
  if (!shared_.tls) {
    stream_.timed().socket().shutdown(asio::socket_base::shutdown_send, failed);
  }
  expire_in(kCloseSeconds);
  std::string chunk(64 << 10, '\0');
  for (uint64_t passed = 0; !failed && passed < kDrainBytes;) {
    const auto room = asio::buffer(chunk);
    passed += co_await stream_.async_read_some(room, asio::redirect_error(use_awaitable, failed));
  }
}

// Runs `run` on a handler's thread and comes back. What it throws is thrown here.
template <typename Run>
awaitable<void> Connection::offload(Run run) {
  // One per connection: nothing limits it but the number of connections.
  ++shared_.waiting;
  std::exception_ptr failed;
  co_await asio::async_initiate<decltype(use_awaitable), void()>(
      [this, &run, &failed](auto handler) {
        auto back = asio::make_work_guard(stream_.get_executor());
        asio::post(shared_.handlers,
                   [&run, &failed, back = std::move(back), handler = std::move(handler)]() mutable {
                     try {
                       run();
                     } catch (...) {
                       failed = std::current_exception();
                     }
                     asio::post(back.get_executor(), std::move(handler));
                   });
      },
      use_awaitable);
  --shared_.waiting;
  if (failed) std::rethrow_exception(failed);
}

awaitable<void> Connection::run() {
  const auto self = shared_from_this();
  try {
    expire_in(shared_.services.config.header_timeout_s);
    co_await stream_.open();
    while (co_await serve_one()) {
    }
  } catch (const std::exception&) {
    // The peer is gone, or does not speak HTTP: there is nobody to tell.
  }
  expire_in(kCloseSeconds);
  co_await stream_.close();
}

awaitable<bool> Connection::read_header(Parser& parser) {
  const Config& config = shared_.services.config;
  parser.header_limit(static_cast<uint32_t>(config.max_header_bytes));
  parser.body_limit(boost::none);
  idle_ = true;
  waits_since_ = Clock::now();
  if (shared_.stopping) co_return false;
  // The first byte may take its time, the rest of a header not.
  error_code failed;
  if (buffer_.size() == 0) {
    expire_in(config.idle_timeout_s);
    const auto room = buffer_.prepare(4096);
    const size_t got =
        co_await stream_.async_read_some(room, asio::redirect_error(use_awaitable, failed));
    if (failed) co_return false;
    buffer_.commit(got);
  }
  idle_ = false;
  expire_in(config.header_timeout_s);
  co_await http::async_read_header(stream_, buffer_, parser,
                                   asio::redirect_error(use_awaitable, failed));
  waits_since_ = kBusy;
  const std::string fault = failed ? failed.message() : fault_of(parser.get());
  if (fault.empty()) co_return true;
  if (failed == http::error::end_of_stream || failed == beast::error::timeout) co_return false;
  Response refusal =
      json_response(failed == http::error::header_limit ? 431 : 400,
                    to_json(api::bad_request("the request is not HTTP as it should be: " + fault)));
  // Named: the compiler destroys what is made within a co_await twice.
  const Request unknown;
  co_await write(refusal, unknown, false);
  co_return false;
}

Connection::Incoming::Incoming(Parser& the_parser) : parser(the_parser) {
  if (const auto said = parser.content_length()) left = *said;
}

awaitable<size_t> Connection::read_some(Incoming& incoming, void* bytes, size_t size) {
  if (incoming.left) co_return co_await read_straight(incoming, bytes, size);
  Parser& parser = incoming.parser;
  auto& body = parser.get().body();
  body.data = bytes;
  body.size = size;
  error_code failed;
  while (!parser.is_done() && body.size == size) {
    expire_in(shared_.services.config.io_timeout_s);
    co_await http::async_read_some(stream_, buffer_, parser,
                                   asio::redirect_error(use_awaitable, failed));
    if (failed == http::error::need_buffer) break;
    // What cannot be read as a body is told to who sent it; a connection that ends has nobody.
    const bool malformed = failed.category() == http::make_error_code(http::error{}).category() &&
                           failed != http::error::partial_message;
    if (failed && malformed) {
      throw api::bad_request("the body is not sent as HTTP has it: " + failed.message());
    }
    if (failed) throw boost::system::system_error(failed);
  }
  co_return size - body.size;
}

awaitable<size_t> Connection::read_straight(Incoming& incoming, void* bytes, size_t size) {
  const auto room = asio::buffer(bytes, std::min<uint64_t>(size, *incoming.left));
  size_t got = asio::buffer_copy(room, buffer_.data());  // what has come with the header
  buffer_.consume(got);
  if (got == 0 && room.size() > 0) {
    expire_in(shared_.services.config.io_timeout_s);
    got = co_await stream_.async_read_some(room, use_awaitable);
  }
  *incoming.left -= got;
  co_return got;
}

// Fills the chunk but for the body's end.
awaitable<size_t> Connection::read_full(Incoming& body, std::string& chunk) {
  size_t filled = 0;
  while (!body.done() && filled < chunk.size()) {
    filled += co_await read_some(body, chunk.data() + filled, chunk.size() - filled);
  }
  co_return filled;
}

awaitable<void> Connection::read_body(Incoming& body, std::string& text, int64_t limit) {
  std::string chunk(std::min<size_t>(kChunkBytes, 64 << 10), '\0');
  while (!body.done()) {
    const size_t got = co_await read_some(body, chunk.data(), chunk.size());
    text.append(chunk.data(), got);
    if (static_cast<int64_t>(text.size()) > limit) {
      throw api::Failure(413, "BODY_TOO_LARGE",
                         "a body has at most " + std::to_string(limit) + " bytes");
    }
  }
}

// The next chunk is read while one is written.
awaitable<Response> Connection::fill(Incoming& body, std::unique_ptr<BodySink> sink) {
  std::string chunk(std::min<uint64_t>(kChunkBytes, body.left.value_or(kChunkBytes)), '\0');
  std::string next(chunk.size(), '\0');
  size_t filled = co_await read_full(body, chunk);
  while (filled > 0) {
    std::exception_ptr failed;
    auto writing = offload([&] {
      try {
        sink->write(chunk.data(), filled);
      } catch (...) {
        failed = std::current_exception();  // once nothing more is read
      }
    });
    auto reading = read_full(body, next);
    const size_t more = co_await (std::move(writing) && std::move(reading));
    if (failed) std::rethrow_exception(failed);
    filled = more;
    chunk.swap(next);
  }
  Response response;
  co_await offload([&] { response = sink->finish(); });
  co_return response;
}

awaitable<void> Connection::drain(Incoming& body) {
  std::string chunk(64 << 10, '\0');
  while (!body.done()) co_await read_some(body, chunk.data(), chunk.size());
}

// Has the handler answer; the request learns of it when the peer hangs up meanwhile.
awaitable<Response> Connection::work(const Plan& plan, const Request& request) {
  Response response;
  stream_.timed().expires_never();
  const auto watch =
      std::make_shared<ClientWatch>(stream_.timed().socket(), request.client, !shared_.tls);
  watch->start();
  const Finally answered([&watch] { watch->end(); });
  co_await offload([&] { response = answer(shared_.services, *plan.route, request); });
  co_return response;
}

awaitable<Response> Connection::respond(Incoming& body, Request& request, Plan& plan) {
  std::optional<int64_t> length;
  if (body.left) length = static_cast<int64_t>(std::min<uint64_t>(*body.left, INT64_MAX));
  Services& services = shared_.services;
  std::exception_ptr failed;
  try {
    if (shared_.waiting > services.config.max_waiting) {
      throw api::Failure(503, api::kOverloaded, "too many requests; try again", 1);
    }
    co_await offload([&] { plan = plan_request(services, request, length); });
    const bool is_public = plan.route != nullptr && plan.route->access == Access::kPublic;
    const int64_t limit =
        is_public ? services.config.max_public_body_bytes : services.config.max_body_bytes;
    if (!plan.sink && length.value_or(0) > limit) {
      throw api::Failure(413, "BODY_TOO_LARGE", "the body is too large");
    }
    if (asks_first(request)) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(stream_, asio::buffer(kContinue), use_awaitable);
    }
    if (plan.sink) co_return co_await fill(body, std::move(plan.sink));
    co_await read_body(body, request.body, limit);
    auto working = work(plan, request);
    co_return co_await std::move(working);
  } catch (const boost::system::system_error&) {
    throw;  // of the connection itself
  } catch (...) {
    failed = std::current_exception();
  }
  try {
    std::rethrow_exception(failed);
  } catch (...) {
    co_return failure_response(services.config, request);
  }
}

awaitable<bool> Connection::serve_one() {
  Parser parser;
  if (!co_await read_header(parser)) co_return false;
  const auto begun = std::chrono::steady_clock::now();
  Request request = request_of(parser.get(), shared_.services.config);
  Plan plan;
  Incoming body(parser);
  Response response = co_await respond(body, request, plan);
  // What a refused request still sends is read after the answer: its client may wait for that. One
  // that has asked whether to send a body may send none.
  const bool ends = body.done() || (body.left && *body.left <= kDrainBytes && !asks_first(request));
  const bool keep_alive = ends && parser.keep_alive() && !shared_.stopping;
  const int status = response.status;
  ++shared_.services.answers[static_cast<size_t>(std::clamp(status / 100, 0, 5))];
  co_await write(response, request, keep_alive);
  const auto took = std::chrono::steady_clock::now() - begun;
  if (is_logging()) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    log(LogLevel::kInfo, "request method=" + request.method +
                             " route=" + (plan.label.empty() ? "-" : plan.label) +
                             " status=" + std::to_string(status) + " ms=" + std::to_string(ms));
  }
  if (keep_alive) {
    co_await drain(body);
  } else if (!body.done()) {
    co_await linger();
  }
  co_return keep_alive;
}

awaitable<void> Connection::send_chunk(Serializer& serializer, Outgoing& body, std::string& chunk) {
  if (chunk.empty()) co_return;
  body.data = chunk.data();
  body.size = chunk.size();
  error_code failed;
  expire_in(shared_.services.config.io_timeout_s);
  co_await http::async_write(stream_, serializer, asio::redirect_error(use_awaitable, failed));
  if (failed && failed != http::error::need_buffer) throw boost::system::system_error(failed);
}

awaitable<void> Connection::write(Response& response, const Request& request, bool keep_alive) {
  const int64_t timeout = shared_.services.config.io_timeout_s;
  const bool head_only = request.method == "HEAD";
  if (!response.source) {
    http::response<http::string_body> message;
    set_head(message, response, keep_alive);
    message.body() = std::move(response.body);
    if (response.status != 204) message.prepare_payload();
    if (head_only) message.body().clear();
    expire_in(timeout);
    co_await http::async_write(stream_, message, use_awaitable);
    co_return;
  }
  http::response<http::buffer_body> message;
  set_head(message, response, keep_alive);
  message.chunked(true);
  message.body().data = nullptr;
  message.body().more = true;
  Serializer serializer(message);
  expire_in(timeout);
  co_await http::async_write_header(stream_, serializer, use_awaitable);
  std::string chunk, next;
  bool more = !head_only;
  if (more) co_await offload([&] { more = gather(response.source, chunk); });
  while (more) {  // the next chunk is made while one is sent
    auto making = offload([&] { more = gather(response.source, next); });
    auto sending = send_chunk(serializer, message.body(), chunk);
    co_await (std::move(making) && std::move(sending));
    chunk.swap(next);
    next.clear();
  }
  co_await send_chunk(serializer, message.body(), chunk);
  message.body().data = nullptr;
  message.body().more = false;
  co_await http::async_write(stream_, serializer, use_awaitable);
}

}  // namespace hotload::server
