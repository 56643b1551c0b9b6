// SPDX-License-Identifier: Apache-2.0
// Files of the server's own: an open one, and the few operations on paths that it needs. errno
// becomes an Error here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace hotload::server {

namespace fs = std::filesystem;

// "no space left on device" is kExhausted, a missing path kNotFound, the rest kIo.
[[noreturn]] void throw_errno(const std::string& doing, const fs::path& path);

// Owns a descriptor. Writes at different places may run at the same time.
class File {
 public:
  // kLock: nobody else has it in this mode; waits for that.
  enum class Mode { kRead, kWrite, kAppend, kLock };

  File(const fs::path& path, Mode mode);
  File(File&& other) noexcept;
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int64_t size() const;
  void append(std::string_view bytes);
  void write_at(int64_t offset, const void* bytes, size_t size);
  // Bytes read, 0 at the end.
  size_t read_at(int64_t offset, void* bytes, size_t size) const;
  // Has the system begin to store these bytes, and does not wait: less is left for sync().
  void begin_sync(int64_t offset, int64_t size);
  void truncate(int64_t size);
  void sync();

 private:
  fs::path path_;
  int descriptor_;
};

// Writes a file in order. What is written is on its way to the disk before its end is here, so that
// sync() has little to wait for.
class FileWriter {
 public:
  explicit FileWriter(const fs::path& path, int64_t start = 0)
      : file_(path, File::Mode::kWrite), start_(start) {}

  void write(const void* bytes, size_t size);
  int64_t size() const { return size_; }  // that were written
  File& file() { return file_; }

 private:
  File file_;
  const int64_t start_;
  int64_t size_ = 0;
  int64_t begun_ = 0;
};

void make_folder(const fs::path& path);  // and its parents, synced
void sync_folder(const fs::path& path);
void write_synced(const fs::path& path, std::string_view text);  // atomically
void remove_quietly(const fs::path& path);                       // folders with what they hold
std::string read_text(const fs::path& path);
int64_t folder_bytes(const fs::path& path);  // of all files below it

}  // namespace hotload::server
