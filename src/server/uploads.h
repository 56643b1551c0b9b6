// SPDX-License-Identifier: Apache-2.0
// Uploads: one file each, written at the places of its parts as they come, in any order and again.
// A part is synced before it is recorded, so that a finalize may follow a restart. Thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "api/uploads.h"
#include "server/claims.h"
#include "server/config.h"
#include "server/http.h"
#include "server/journal.h"

namespace hotload::server {

struct Upload {
  enum class Status { kOpen, kFinalized, kLoaded };

  std::string id;
  Status status = Status::kOpen;
  bool multipart = false;
  int64_t part_size = 0;
  std::string token_hash;  // of the finalize token
  std::string url_token;   // who knows it may write
  api::CreateUploadRequest request;
  std::string created_at;
  std::string expires_at;
  int64_t size_bytes = 0;  // once it is finalized
};

class Uploads {
 public:
  Uploads(const Config& config, Journal& journal, std::filesystem::path folder);

  // URLs begin with `base_url`.
  api::UploadSession create(const api::CreateUploadRequest& request, const std::string& base_url);
  std::vector<api::UploadPart> mint(const std::string& id, const std::string& token,
                                    const std::vector<int64_t>& numbers,
                                    const std::string& base_url) const;
  // Takes the bytes of part `number`; 0 is the whole.
  std::unique_ptr<BodySink> open_sink(const std::string& id, const std::string& url_token,
                                      int64_t number, int64_t size_bytes);
  api::FinalizedUpload finalize(const std::string& id, const std::string& token,
                                const std::vector<api::UploadPart>& parts);

  // A finalized upload, loaded or not; a Failure of 404 otherwise.
  Upload get_finalized(const std::string& id) const;
  std::filesystem::path path(const std::string& id) const { return folder_ / id; }
  // Held while a job is made of it, which is so once.
  Claims::Held use(const std::string& id) {
    return {used_, id, "upload '" + id + "' is being loaded"};
  }
  // Its rows are committed: the file goes, the record stays for those who ask again.
  void set_loaded(const std::string& id);
  void remove_expired();

 private:
  friend class UploadSink;

  Upload get(const std::string& id) const;
  Upload get_open(const std::string& id, const std::string& token) const;
  void put(const Upload& upload);
  int64_t size_of_parts(const Upload& upload, const std::vector<api::UploadPart>& parts) const;
  std::string url(const Upload& upload, int64_t number, const std::string& base_url) const;
  // A later writer of a part makes the earlier ones stop.
  uint64_t begin_part(const std::string& id, int64_t number);
  void check_writer(const std::string& id, int64_t number, uint64_t writer);
  void check_latest(const std::string& id, int64_t number, uint64_t writer) const;  // with mutex_
  std::string finish_part(const std::string& id, int64_t number, uint64_t writer,
                          int64_t size_bytes);

  void close(const std::string& id);
  void forget_parts(const std::string& id);
  // Makes it durable; throws when it is not what was declared.
  void check_content(const Upload& upload) const;

  const Config& config_;
  Journal& journal_;
  const std::filesystem::path folder_;
  std::shared_mutex writing_;  // shared by who writes now; locked before mutex_
  std::mutex mutex_;
  std::set<std::string> closed_;             // uploads that are being finalized
  std::map<std::string, uint64_t> writers_;  // by part id: the latest
  uint64_t next_writer_ = 1;
  Claims used_;
};

}  // namespace hotload::server
