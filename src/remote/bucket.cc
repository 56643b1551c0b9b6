// SPDX-License-Identifier: Apache-2.0
#include "remote/bucket.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "hotload/error.h"
#include "remote/http.h"
#include "remote/retry.h"

namespace hotload::remote {

namespace {

constexpr std::string_view kScheme = "s3://";
constexpr size_t kPartBytes = size_t{1} << 18;

std::string first_of_environment(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return "";
}

// Slashes stay: they part a key.
std::string encoded_key(std::string_view key) {
  std::string out;
  for (size_t begin = 0; begin <= key.size();) {
    const size_t end = std::min(key.find('/', begin), key.size());
    out += "/" + url_encoded(std::string(key.substr(begin, end - begin)));
    begin = end + 1;
  }
  return out;
}

std::string object_url(const std::string& url, const BucketAccess& access) {
  const std::string_view rest = std::string_view(url).substr(kScheme.size());
  const size_t slash = rest.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == rest.size()) {
    throw Error(ErrorCode::kInvalidArgument, "'" + url + "' is not of the form s3://bucket/key");
  }
  const std::string bucket(rest.substr(0, slash));
  const std::string key = encoded_key(rest.substr(slash + 1));
  std::string endpoint =
      access.endpoint.empty() ? "https://s3." + access.region + ".amazonaws.com" : access.endpoint;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  // A certificate for *.host does not hold for a bucket whose name has a dot.
  if (access.path_style || bucket.find('.') != std::string::npos) {
    return endpoint + "/" + url_encoded(bucket) + key;
  }
  const size_t host = endpoint.find("://");
  if (host == std::string::npos) {
    throw Error(ErrorCode::kInvalidArgument,
                "the endpoint '" + endpoint + "' does not begin with http:// or https://");
  }
  return endpoint.insert(host + 3, bucket + ".") + key;
}

// What stands between <tag> and </tag> in a store's XML.
std::string element(const std::string& xml, const std::string& tag) {
  const size_t begin = xml.find("<" + tag + ">");
  const size_t end = xml.find("</" + tag + ">", begin);
  if (begin == std::string::npos || end == std::string::npos) return "";
  constexpr std::string_view kRaw = "<![CDATA[";
  std::string text = xml.substr(begin + tag.size() + 2, end - begin - tag.size() - 2);
  if (text.starts_with(kRaw)) text = text.substr(kRaw.size(), text.size() - kRaw.size() - 3);
  return text;
}

ErrorCode code_of(int status) {
  if (is_transient_answer(status, "")) return ErrorCode::kUnavailable;
  if (status == 401 || status == 403) return ErrorCode::kPermission;
  if (status == 404) return ErrorCode::kNotFound;
  if (status == 412) return ErrorCode::kFailedPrecondition;
  return ErrorCode::kInvalidArgument;
}

Error refusal(const std::string& url, HttpAnswer& answer) {
  const int status = answer.status();
  const std::string body = answer.read_all(kMaxErrorBytes);
  std::string text = "cannot read " + url + ": the store answers " + std::to_string(status);
  for (const char* tag : {"Code", "Message"}) {
    if (const std::string said = element(body, tag); !said.empty()) text += ", " + said;
  }
  if (status == 301 || status == 307 || status == 400) text += "; is the region right?";
  if (status == 412) text += "; the object was changed while it was read";
  return {code_of(status), text};
}

// One object on its way.
class Transfer {
 public:
  Transfer(const std::string& url, const BucketAccess& access,
           const std::function<void(const char*, size_t)>& write)
      : url_(url), write_(write), http_(HttpOptions{}), part_(kPartBytes) {
    request_.url = object_url(url, access);
    request_.decode = false;
    if (access.access_key.empty()) return;
    request_.signature = AwsSignature{access.region, "s3", access.access_key, access.secret_key};
    if (!access.session_token.empty()) {
      request_.headers.emplace_back("X-Amz-Security-Token", access.session_token);
    }
  }

  void run() {
    const RetryPolicy policy;
    for (Attempt attempt{"GET", 0, "", 1, {}, true};; ++attempt.number) {
      const int64_t before = got_;
      const std::optional<Error> failed = try_once(attempt.status);
      if (!failed) return;
      if (got_ > before) attempt.number = 1;
      const auto wait = wait_before_next(policy, attempt, 0.5);
      if (!wait) throw Error(*failed);
      std::this_thread::sleep_for(std::chrono::milliseconds(*wait));
    }
  }

 private:
  // What went wrong, if it may go better later; `status` is 0 when no answer came.
  std::optional<Error> try_once(int& status) {
    status = 0;
    HttpRequest request = request_;
    if (got_ > 0) {
      request.headers.emplace_back("Range", "bytes=" + std::to_string(got_) + "-");
      request.headers.emplace_back("If-Match", etag_);
    }
    try {
      const std::unique_ptr<HttpAnswer> answer = http_.send(request);
      if (answer->status() != (got_ > 0 ? 206 : 200)) {
        status = answer->status();
        return refusal(url_, *answer);
      }
      etag_ = answer->header("etag");
      while (const size_t size = answer->read(part_.data(), part_.size())) {
        write_(part_.data(), size);
        got_ += static_cast<int64_t>(size);
      }
      return {};
    } catch (const Error& error) {
      const bool broken =
          error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kTimeout;
      // Without a name for the object's state its rest cannot be asked for.
      if (!broken || (got_ > 0 && etag_.empty())) throw;
      return Error(error.code(), "cannot read " + url_ + ": " + error.what());
    }
  }

  const std::string url_;
  const std::function<void(const char*, size_t)>& write_;
  Http http_;
  HttpRequest request_;
  std::vector<char> part_;
  std::string etag_;
  int64_t got_ = 0;
};

}  // namespace

BucketAccess bucket_access_of_environment() {
  BucketAccess access;
  access.access_key = first_of_environment({"AWS_ACCESS_KEY_ID"});
  access.secret_key = first_of_environment({"AWS_SECRET_ACCESS_KEY"});
  access.session_token = first_of_environment({"AWS_SESSION_TOKEN"});
  access.endpoint = first_of_environment({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  access.path_style = !access.endpoint.empty();
  const std::string region = first_of_environment({"AWS_REGION", "AWS_DEFAULT_REGION"});
  if (!region.empty()) access.region = region;
  return access;
}

bool is_bucket_url(const std::string& location) { return location.starts_with(kScheme); }

void fetch_object(const std::string& url, const BucketAccess& access,
                  const std::function<void(const char* data, size_t size)>& write) {
  if (!is_bucket_url(url)) {
    throw Error(ErrorCode::kInvalidArgument, "'" + url + "' is not of the form s3://bucket/key");
  }
  Transfer(url, access, write).run();
}

}  // namespace hotload::remote
