// SPDX-License-Identifier: Apache-2.0
// What is known of an upload in parts that is under way, in a file: the API has no call that says
// which parts a server has. So a client that was killed sends the missing ones alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "remote/body_file.h"

namespace hotload::remote {

struct BegunUpload {
  std::string id;
  std::string token;
  FileState file;  // of which the parts are
  int64_t part_size = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // of its parts
  std::map<int64_t, std::string> tags;                       // of parts that are there, by number
};

// One JSON object a line: the upload, then each part. Thread-safe.
class UploadJournal {
 public:
  // An empty path: nothing is kept.
  explicit UploadJournal(std::string path) : path_(std::move(path)) {}

  // None: there is none, or it makes no sense.
  std::optional<BegunUpload> read() const;
  void begin(const BegunUpload& upload);
  void add_part(int64_t number, const std::string& tag);
  void forget();

 private:
  void append(const std::string& line);

  const std::string path_;
  std::mutex mutex_;
};

// Those in a folder whose uploads no server keeps any more.
void remove_old_journals(const std::filesystem::path& folder);

}  // namespace hotload::remote
