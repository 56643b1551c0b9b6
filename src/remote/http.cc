// SPDX-License-Identifier: Apache-2.0
#include "remote/http.h"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <exception>

#include "hotload/error.h"

namespace hotload::remote {

namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;  // of an answer that is not read yet
constexpr size_t kMaxIdleLines = 16;
constexpr const char* kUserAgent = "hotload/" HOTLOAD_VERSION " (libcurl/" LIBCURL_VERSION ")";

// Where systems keep the certificates that they trust.
constexpr std::array kCertificateFiles{"/etc/ssl/certs/ca-certificates.crt",
                                       "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                       "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                                       "/etc/ssl/cert.pem"};

std::string certificate_file() {
  if (const char* named = std::getenv("SSL_CERT_FILE"); named != nullptr) return named;
  for (const char* file : kCertificateFiles) {
    if (::access(file, R_OK) == 0) return file;
  }
  return "";
}

// What curl says when a server has refused a stream of HTTP/2 again and again: then nothing was
// done. On a connection of its own it sends a request again for nothing else.
constexpr std::string_view kRefusedText = "Connection died, tried";

constexpr const char* kTrustAdvice = "; SSL_CERT_FILE names the file of certificates to trust";

ErrorCode code_of(CURLcode failed, bool once, std::string_view text) {
  if (once && text.starts_with(kRefusedText)) return ErrorCode::kExhausted;
  switch (failed) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorCode::kInvalidArgument;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return ErrorCode::kPermission;
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return ErrorCode::kInternal;
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::kTimeout;
    default:
      return ErrorCode::kUnavailable;
  }
}

void check(CURLMcode code) {
  if (code == CURLM_OK) return;
  throw Error(ErrorCode::kInternal, std::string("curl: ") + curl_multi_strerror(code));
}

}  // namespace

// One connection and the request on it.
class Line {
 public:
  Line() : multi_(curl_multi_init()), easy_(curl_easy_init()) {
    if (multi_ == nullptr || easy_ == nullptr) {
      throw Error(ErrorCode::kExhausted, "curl has no memory");
    }
  }
  ~Line() {
    detach();
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void start(const HttpRequest& request, const HttpOptions& options);
  void await_header();
  size_t read(char* out, size_t size);
  bool done() const { return done_; }
  void detach() {
    if (attached_) curl_multi_remove_handle(multi_, easy_);
    attached_ = false;
    curl_slist_free_all(std::exchange(headers_, nullptr));
  }

  int status = 0;
  std::map<std::string, std::string> answer_headers;

 private:
  static size_t on_header(char* data, size_t size, size_t count, void* self);
  static size_t on_body(char* data, size_t size, size_t count, void* self);
  static size_t on_read(char* out, size_t size, size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  void set_body(const HttpRequest& request);
  void sign(const AwsSignature& signature);
  void step();
  bool is_refused_by_proxy() const;

  CURLM* multi_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  HttpRequest request_;
  std::string peer_;
  std::string advice_;
  BodyReader body_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  std::exception_ptr body_failed_;
  std::string buffer_;
  size_t buffer_at_ = 0;
  bool attached_ = false;
  bool header_done_ = false;
  bool paused_ = false;
  bool done_ = false;
};

size_t Line::on_header(char* data, size_t size, size_t count, void* self) {
  Line& line = *static_cast<Line*>(self);
  std::string_view text(data, size * count);
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  if (text.starts_with("HTTP/")) {
    line.answer_headers.clear();
    return size * count;
  }
  if (text.empty()) {
    long status = 0;
    curl_easy_getinfo(line.easy_, CURLINFO_RESPONSE_CODE, &status);
    line.status = static_cast<int>(status);
    line.header_done_ = status >= 200;  // not of "100 Continue"
    return size * count;
  }
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return size * count;
  std::string name(text.substr(0, colon));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const size_t begin = text.find_first_not_of(" \t", colon + 1);
  line.answer_headers[name] =
      begin == std::string_view::npos ? "" : std::string(text.substr(begin));
  return size * count;
}

size_t Line::on_body(char* data, size_t size, size_t count, void* self) {
  Line& line = *static_cast<Line*>(self);
  if (line.buffer_.size() - line.buffer_at_ > kBufferBytes) {
    line.paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  line.buffer_.append(data, size * count);
  return size * count;
}

size_t Line::on_read(char* out, size_t size, size_t count, void* self) {
  Line& line = *static_cast<Line*>(self);
  try {
    return line.body_ ? line.body_(out, size * count) : 0;
  } catch (...) {
    line.body_failed_ = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

// Curl sends a body again when a kept connection turns out to be closed.
int Line::on_seek(void* self, curl_off_t offset, int origin) {
  Line& line = *static_cast<Line*>(self);
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  try {
    line.body_ = line.request_.open_body();
    return CURL_SEEKFUNC_OK;
  } catch (...) {
    line.body_failed_ = std::current_exception();
    return CURL_SEEKFUNC_FAIL;
  }
}

void Line::set_body(const HttpRequest& request) {
  if (request.open_body) {
    body_ = request.open_body();
    curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy_, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy_, CURLOPT_READDATA, this);
    curl_easy_setopt(easy_, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy_, CURLOPT_SEEKDATA, this);
    curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
    if (request.body_bytes) {
      curl_easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE,
                       static_cast<curl_off_t>(*request.body_bytes));
    }
  } else if (request.method != "GET" && request.method != "DELETE") {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
  }
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void Line::sign(const AwsSignature& signature) {
  const std::string scope = "aws:amz:" + signature.region + ":" + signature.service;
  curl_easy_setopt(easy_, CURLOPT_AWS_SIGV4, scope.c_str());
  curl_easy_setopt(easy_, CURLOPT_USERNAME, signature.access_key.c_str());
  curl_easy_setopt(easy_, CURLOPT_PASSWORD, signature.secret_key.c_str());
}

void Line::start(const HttpRequest& request, const HttpOptions& options) {
  detach();
  curl_easy_reset(easy_);
  request_ = request;
  peer_ = options.peer;
  advice_ = options.advice;
  body_ = nullptr;
  body_failed_ = nullptr;
  buffer_.clear();
  buffer_at_ = 0;
  status = 0;
  answer_headers.clear();
  header_done_ = paused_ = done_ = false;
  message_.fill('\0');
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  // Curl signs a path only after it has taken dot segments out of it.
  if (!request_.signature) curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, kUserAgent);
  // HTTP/2 where a server offers it, which it does over TLS. Each line has a connection of its own
  // all the same: parts that are sent at once do not wait for each other's lost packets, nor share
  // one window.
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2TLS});
  if (request_.decode) curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, request_.once ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_ms));
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout_ms));
  if (options.silence_timeout_ms > 0) {
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>((options.silence_timeout_ms + 999) / 1000));
  }
  if (!options.socket_path.empty()) {
    curl_easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH, options.socket_path.c_str());
    curl_easy_setopt(easy_, CURLOPT_NOPROXY, "*");
  }
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPIDLE, 30L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPINTVL, 10L);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, message_.data());
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  static const std::string certificates = certificate_file();
  if (!certificates.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, certificates.c_str());
  for (const auto& [name, value] : request_.headers) {
    headers_ = curl_slist_append(headers_, (name + ": " + value).c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  if (request_.signature) sign(*request_.signature);
  set_body(request_);
  check(curl_multi_add_handle(multi_, easy_));
  attached_ = true;
}

// Lets curl work until something has happened. Throws what ends the request.
void Line::step() {
  int running = 0;
  check(curl_multi_perform(multi_, &running));
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    done_ = true;
    const CURLcode result = message->data.result;
    if (body_failed_) std::rethrow_exception(body_failed_);
    if (result == CURLE_OK) continue;
    const std::string text = message_[0] != '\0' ? message_.data() : curl_easy_strerror(result);
    const ErrorCode code =
        is_refused_by_proxy() ? ErrorCode::kPermission : code_of(result, request_.once, text);
    const bool untrusted = result == CURLE_PEER_FAILED_VERIFICATION;
    throw Error(code, request_.method + " to " + peer_ + ": " +
                          (code == ErrorCode::kExhausted ? "it refuses each stream" : text) +
                          (code == ErrorCode::kUnavailable ? advice_ : "") +
                          (untrusted ? kTrustAdvice : ""));
  }
  if (!done_) check(curl_multi_poll(multi_, nullptr, 0, 1000, nullptr));
}

// A proxy that will not let us through to an https server: 407, 403. It stays so.
bool Line::is_refused_by_proxy() const {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &status);
  return status >= 400 && status < 500 && status != 408 && status != 429;
}

void Line::await_header() {
  while (!header_done_ && !done_) step();
  // Curl takes a header that breaks off for a whole one.
  if (header_done_) return;
  throw Error(
      ErrorCode::kUnavailable,
      request_.method + " to " + peer_ + ": the connection broke in the answer's header" + advice_);
}

size_t Line::read(char* out, size_t size) {
  while (buffer_at_ == buffer_.size()) {
    buffer_.clear();
    buffer_at_ = 0;
    if (std::exchange(paused_, false)) curl_easy_pause(easy_, CURLPAUSE_CONT);
    if (!buffer_.empty()) break;
    if (done_) return 0;
    step();
  }
  const size_t got = std::min(size, buffer_.size() - buffer_at_);
  std::memcpy(out, buffer_.data() + buffer_at_, got);
  buffer_at_ += got;
  return got;
}

HttpAnswer::HttpAnswer(std::unique_ptr<Line> line, Http& http)
    : http_(http), line_(std::move(line)) {}

HttpAnswer::~HttpAnswer() {
  if (line_ != nullptr) http_.give_line(std::move(line_));
}

int HttpAnswer::status() const { return line_->status; }

const std::string& HttpAnswer::header(const std::string& lower_name) const {
  static const std::string none;
  const auto found = line_->answer_headers.find(lower_name);
  return found == line_->answer_headers.end() ? none : found->second;
}

size_t HttpAnswer::read(char* out, size_t size) { return line_->read(out, size); }

std::string HttpAnswer::read_all(size_t limit) {
  std::string all;
  std::array<char, 16384> part;
  while (const size_t got = read(part.data(), part.size())) {
    all.append(part.data(), got);
    if (all.size() > limit) {
      throw Error(ErrorCode::kUnsupported, "the server's answer is longer than expected");
    }
  }
  return all;
}

Http::Http(const HttpOptions& options) : options_(options) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw Error(ErrorCode::kInternal, "curl does not start");
}

Http::~Http() = default;

std::unique_ptr<Line> Http::take_line() {
  std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Line>();
  std::unique_ptr<Line> line = std::move(idle_.back());
  idle_.pop_back();
  return line;
}

void Http::give_line(std::unique_ptr<Line> line) {
  line->detach();  // an answer that was not read to its end: curl closes the connection
  std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdleLines) idle_.push_back(std::move(line));
}

std::unique_ptr<HttpAnswer> Http::send(const HttpRequest& request) {
  std::unique_ptr<HttpAnswer> answer(new HttpAnswer(take_line(), *this));
  answer->line_->start(request, options_);
  answer->line_->await_header();
  return answer;
}

std::string url_encoded(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '_' || c == '~' || (c == '.' && text.size() > 2)) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

}  // namespace hotload::remote
