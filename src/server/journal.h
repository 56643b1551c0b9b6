// SPDX-License-Identifier: Apache-2.0
// What the server must remember: JSON records by kind and id, in one file of lines that only grows
// and is rewritten when most of it is old. All of it is in memory too. A line that a crash has torn
// is the last one, and counts as not written. Thread-safe.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/files.h"

namespace hotload::server {

class Journal {
 public:
  enum class Durable { kNow, kSoon };  // kNow: on disk when the call returns

  // Without a path it is in memory alone. Throws kCorrupt when a line in the middle cannot be read.
  explicit Journal(fs::path path);

  void put(const std::string& kind, const std::string& id, const boost::json::object& record,
           Durable durable = Durable::kNow);
  void erase(const std::string& kind, const std::string& id, Durable durable = Durable::kNow);
  std::optional<boost::json::value> get(const std::string& kind, const std::string& id) const;
  // In the order of their ids; only those whose ids begin with `prefix`.
  std::vector<boost::json::value> list(const std::string& kind,
                                       const std::string& prefix = "") const;
  // The same with their ids.
  std::vector<std::pair<std::string, boost::json::value>> entries(
      const std::string& kind, const std::string& prefix = "") const;
  size_t count(const std::string& kind) const;

 private:
  void replay();
  void append(const std::string& line);  // REQUIRES mutex_; what throws leaves no line
  // Unlocks before it waits for the disk.
  void settle(std::unique_lock<std::mutex> lock, Durable durable);
  void rewrite();  // REQUIRES mutex_

  const fs::path path_;
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, std::string>> records_;
  std::shared_ptr<File> file_;
  int64_t live_bytes_ = 0;
  int64_t file_bytes_ = 0;
  uint64_t written_ = 0;  // lines, ever

  std::mutex sync_mutex_;
  uint64_t synced_ = 0;  // guarded by sync_mutex_
};

}  // namespace hotload::server
