// SPDX-License-Identifier: Apache-2.0
// Results of queries, kept on disk for a while and read by page.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "arrow/result_file.h"
#include "server/journal.h"

namespace hotload::server {

struct Result {
  std::string id;
  std::string database_id;
  std::string created_at;
  std::string expires_at;
  int64_t rows = 0;
};

class Results {
 public:
  // Without a folder nothing can be kept.
  Results(Journal& journal, std::filesystem::path folder, int64_t ttl_s, int64_t max_bytes);

  // Writes all rows and returns what is known of them. Throws kExhausted for more than `max_bytes`,
  // and before the disk is full.
  Result keep(const std::string& database_id, ArrowStream rows);
  // These throw a Failure of 404.
  Result get(const std::string& id) const;
  arrow::ResultFile file(const std::string& id) const;
  ArrowStream open(const std::string& id) const { return file(id).page(); }
  // Of one database.
  std::vector<Result> list(const std::string& database_id) const;
  void remove_expired();

 private:
  Journal& journal_;
  const std::filesystem::path folder_;
  const int64_t ttl_s_;
  const int64_t max_bytes_;
};

}  // namespace hotload::server
