// SPDX-License-Identifier: Apache-2.0
// A file named on the command line: its format, its name within the load, and a regular file with
// its bytes. Standard input, pipes and objects of a bucket are spooled into a file without a name,
// which is gone with the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hotload/load.h"

namespace hotload::cli {

class InputFile {
 public:
  // `format` empty: by the name's ending. Throws UsageError for an ending that says nothing and
  // kNotFound for what is not there.
  InputFile(const std::string& given, const std::string& format);
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;

  const std::string& shown() const { return shown_; }  // for people
  const std::string& job_id() const { return job_id_; }
  const StageOptions& options() const { return options_; }
  StageOptions& options() { return options_; }
  int64_t size_bytes() const { return size_bytes_; }  // 0 for what is spooled
  // A path that the engine may copy from. Spools the first time.
  std::string path();

 private:
  void spool();

  std::string given_;
  std::string shown_;
  std::string job_id_;
  StageOptions options_;
  int64_t size_bytes_ = 0;
  bool is_spooled_ = false;
  int spooled_ = -1;
};

}  // namespace hotload::cli
