// SPDX-License-Identifier: Apache-2.0
#include "server/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <map>
#include <memory>
#include <vector>

#include "hotload/error.h"
#include "server/files.h"

namespace hotload::server {

namespace {

constexpr int64_t kLongestSeconds = int64_t{1000} * 366 * 86'400;  // clients read four-digit years

std::string hex(const unsigned char* bytes, size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

class Sha256 {
 public:
  Sha256() { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(const void* bytes, size_t size) { EVP_DigestUpdate(context_.get(), bytes, size); }
  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    return hex(digest.data(), size);
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free};
};

std::string spell(std::time_t seconds, int64_t microseconds) {
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + length, text.size() - length, ".%06dZ",
                static_cast<int>(microseconds));
  return text.data();
}

[[noreturn]] void refuse_time(const std::string& text) {
  throw Error(ErrorCode::kInvalidArgument,
              "'" + text + "' is no time: write 2026-01-31T12:00:00Z, or a span as 24h, 90m, 7d");
}

}  // namespace

std::string random_hex(size_t bytes) {
  std::vector<unsigned char> random(bytes);
  if (RAND_bytes(random.data(), static_cast<int>(bytes)) != 1) {
    throw Error(ErrorCode::kInternal, "the system gives no random bytes");
  }
  return hex(random.data(), random.size());
}

std::string sha256_hex(std::string_view text) {
  Sha256 digest;
  digest.add(text.data(), text.size());
  return digest.finish();
}

std::string base64url(std::string_view bytes) {
  std::vector<unsigned char> out(bytes.size() / 3 * 4 + 5);
  const int size = EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  std::string text(out.begin(), out.begin() + size);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text.substr(0, text.find('='));
}

std::optional<std::string> base64url_decoded(std::string text) {
  if (text.find_first_of("+/=") != std::string::npos || text.size() % 4 == 1) return {};
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const size_t padding = (4 - text.size() % 4) % 4;
  text.append(padding, '=');
  std::vector<unsigned char> out(text.size());
  const int size = EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return {};
  return std::string(out.begin(), out.begin() + size - static_cast<int>(padding));
}

std::string sha256_of_file(const std::filesystem::path& path) {
  const File file(path, File::Mode::kRead);
  Sha256 digest;
  std::vector<char> buffer(size_t{1} << 20);
  int64_t at = 0;
  while (const size_t got = file.read_at(at, buffer.data(), buffer.size())) {
    digest.add(buffer.data(), got);
    at += static_cast<int64_t>(got);
  }
  return digest.finish();
}

bool same_secret(std::string_view left, std::string_view right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string now_utc(int64_t plus_seconds) {
  using namespace std::chrono;
  const int64_t now = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  return spell(now / 1'000'000 + plus_seconds, now % 1'000'000);
}

std::string parse_time(const std::string& text) {
  int64_t amount = 0;
  const char* const end = text.data() + text.size();
  const auto number = std::from_chars(text.data(), end, amount);
  if (number.ec != std::errc::invalid_argument && number.ptr + 1 == end) {
    const std::map<char, int64_t> units{{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    const auto unit = units.find(*number.ptr);
    const bool is_sane = unit != units.end() && number.ec == std::errc() && amount >= 0 &&
                         amount <= kLongestSeconds / unit->second;
    if (!is_sane) refuse_time(text);
    return now_utc(amount * unit->second);
  }
  std::tm utc{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr) refuse_time(text);
  if (*rest == '.') {
    ++rest;
    while (*rest >= '0' && *rest <= '9') ++rest;
  }
  int hours = 0;
  int minutes = 0;
  const bool zulu = (*rest == 'Z' || *rest == 'z') && rest[1] == 0;
  if (!zulu && std::sscanf(rest, "%3d:%2d", &hours, &minutes) != 2) refuse_time(text);
  const int64_t offset = hours * 3600 + (*rest == '-' ? -minutes : minutes) * 60;
  return spell(::timegm(&utc) - offset, 0);
}

}  // namespace hotload::server
