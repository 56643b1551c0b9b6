// SPDX-License-Identifier: Apache-2.0
#include "cli/input_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "cli/exit_code.h"
#include "remote/bucket.h"

namespace hotload::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* kStandardInput = "-";

struct Ending {
  const char* text;
  FileFormat format;
  char delimiter = ',';
};

constexpr std::array<Ending, 6> kEndings{{{".parquet", FileFormat::kParquet},
                                          {".jsonl", FileFormat::kJsonl},
                                          {".ndjson", FileFormat::kJsonl},
                                          {".json", FileFormat::kJsonl},
                                          {".csv", FileFormat::kCsv},
                                          {".tsv", FileFormat::kCsv, '\t'}}};

StageOptions options_of(const std::string& name, const std::string& format) {
  StageOptions options;
  std::string plain = name;
  if (plain.ends_with(".gz")) plain.resize(plain.size() - 3);
  for (const Ending& ending : kEndings) {
    if (!plain.ends_with(ending.text)) continue;
    options.format = ending.format;
    options.csv_delimiter = ending.delimiter;
    if (format.empty()) return options;
  }
  if (format == "parquet") {
    options.format = FileFormat::kParquet;
  } else if (format == "csv") {
    options.format = FileFormat::kCsv;
  } else if (format == "jsonl" || name == kStandardInput) {
    options.format = FileFormat::kJsonl;
  } else {
    throw UsageError("the name of " + name + " does not tell its format; say --format");
  }
  return options;
}

[[noreturn]] void fail(const std::string& doing) {
  const int error = errno;
  throw Error(error == ENOSPC ? ErrorCode::kExhausted : ErrorCode::kIo,
              "cannot " + doing + ": " + std::strerror(error));
}

void write_all(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("keep what is read in a temporary file");
    data += n;
    size -= static_cast<size_t>(n);
  }
}

// A file in the folder for temporary files that no name leads to.
int nameless_file() {
  std::string name = (fs::temp_directory_path() / "hotload-XXXXXX").string();
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) fail("make " + name);
  ::unlink(name.c_str());
  return fd;
}

}  // namespace

InputFile::InputFile(const std::string& given, const std::string& format)
    : given_(given), options_(options_of(given, format)) {
  if (given == kStandardInput) {
    shown_ = "standard input";
    job_id_ = given;
    is_spooled_ = true;
    return;
  }
  shown_ = given;
  if (remote::is_bucket_url(given)) {
    job_id_ = given;
    is_spooled_ = true;
    return;
  }
  std::error_code error;
  const fs::file_status status = fs::status(given, error);
  if (!fs::exists(status)) throw Error(ErrorCode::kNotFound, "there is no file " + given);
  if (fs::is_directory(status)) throw UsageError(given + " is a folder; name its files");
  is_spooled_ = !fs::is_regular_file(status);
  job_id_ = is_spooled_ ? given : fs::canonical(given).string();
  if (!is_spooled_) size_bytes_ = static_cast<int64_t>(fs::file_size(given));
}

InputFile::~InputFile() {
  if (spooled_ >= 0) ::close(spooled_);
}

InputFile::InputFile(InputFile&& other) noexcept
    : given_(std::move(other.given_)),
      shown_(std::move(other.shown_)),
      job_id_(std::move(other.job_id_)),
      options_(other.options_),
      size_bytes_(other.size_bytes_),
      is_spooled_(other.is_spooled_),
      spooled_(std::exchange(other.spooled_, -1)) {}

std::string InputFile::path() {
  if (!is_spooled_) return given_;
  if (spooled_ < 0) spool();
  return "/proc/self/fd/" + std::to_string(spooled_);
}

void InputFile::spool() {
  if (remote::is_bucket_url(given_)) {
    spooled_ = nameless_file();
    remote::fetch_object(
        given_, remote::bucket_access_of_environment(),
        [this](const char* data, size_t size) { write_all(spooled_, data, size); });
    return;
  }
  const bool standard = given_ == kStandardInput;
  const int in = standard ? STDIN_FILENO : ::open(given_.c_str(), O_RDONLY | O_CLOEXEC);
  if (in < 0) fail("open " + given_);
  spooled_ = nameless_file();
  std::vector<char> buffer(1 << 20);
  while (true) {
    const ssize_t n = ::read(in, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read " + shown_);
    if (n == 0) break;
    write_all(spooled_, buffer.data(), static_cast<size_t>(n));
  }
  if (!standard) ::close(in);
}

}  // namespace hotload::cli
