// SPDX-License-Identifier: Apache-2.0
#include "remote/upload.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "hotload/error.h"
#include "model/json_reader.h"
#include "remote/body_file.h"
#include "remote/parallel.h"
#include "remote/upload_journal.h"

namespace hotload::remote {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr const char* kUploads = "/v1/uploads";
constexpr int kMintings = 3;  // of one part's URL
constexpr int64_t kParts = 16;
constexpr int64_t kMinPartBytes = int64_t{8} << 20;
constexpr int64_t kMaxPartBytes = int64_t{64} << 20;

// What a server is asked for, whose own say counts: few parts, none of them much to send again.
int64_t part_size_of(int64_t file_bytes) {
  return std::clamp(file_bytes / kParts, kMinPartBytes, kMaxPartBytes);
}

class Upload {
 public:
  // A new one.
  Upload(Client& client, const std::string& path, UploadJournal& journal);
  // One that has begun.
  Upload(Client& client, const std::string& path, UploadJournal& journal, const BegunUpload& begun);

  std::string run(int64_t parallel);

 private:
  Call own_call(const std::string& rest, value body) const;
  std::string minted_url(int64_t number) const;
  size_t parts() const;
  // Returns the ETag of what was stored.
  std::string send_part(int64_t number) const;
  void finalize(const std::vector<std::string>& tags) const;

  Client& client_;
  const std::string path_;
  const FileState file_;
  UploadJournal& journal_;
  std::string id_;
  std::string token_;
  Headers headers_;
  std::string url_;  // of the whole; empty: parts
  int64_t part_size_ = 0;
  std::vector<std::string> part_urls_;    // none: minted one by one
  std::map<int64_t, std::string> there_;  // parts by their numbers: ETags
};

Upload::Upload(Client& client, const std::string& path, UploadJournal& journal,
               const BegunUpload& begun)
    : client_(client),
      path_(path),
      file_(begun.file),
      journal_(journal),
      id_(begun.id),
      token_(begun.token),
      headers_(begun.headers),
      part_size_(begun.part_size),
      there_(begun.tags) {}

Upload::Upload(Client& client, const std::string& path, UploadJournal& journal)
    : client_(client), path_(path), file_(state_of_file(path)), journal_(journal) {
  const value answer = client_.call({.method = "POST",
                                     .path = kUploads,
                                     .body = object{{"declared_size_bytes", file_.size},
                                                    {"part_size", part_size_of(file_.size)}}});
  JsonReader reader(answer, "");
  id_ = reader.text("upload_id");
  token_ = reader.text("finalize_token");
  if (const value* headers = reader.find("headers"); headers != nullptr && headers->is_object()) {
    for (const auto& [name, text] : headers->get_object()) {
      headers_.emplace_back(name, model::json_text(text, "headers"));
    }
  }
  if (reader.text("mode") == "single") {
    url_ = reader.text("url");
    return;
  }
  part_size_ = reader.integer("part_size", 0);
  part_urls_ = reader.texts("part_urls");
  if (part_size_ <= 0 || (!part_urls_.empty() && part_urls_.size() != parts())) {
    throw Error(ErrorCode::kInternal, "the server's upload has parts that make no sense");
  }
  journal_.begin({id_, token_, file_, part_size_, headers_, {}});
}

size_t Upload::parts() const {
  return static_cast<size_t>(std::max<int64_t>(1, (file_.size - 1) / part_size_ + 1));
}

Call Upload::own_call(const std::string& rest, value body) const {
  return {.method = "POST",
          .path = std::string(kUploads) + "/" + url_encoded(id_) + rest,
          .body = std::move(body),
          .headers = {{"X-Upload-Finalize-Token", token_}}};
}

std::string Upload::minted_url(int64_t number) const {
  const value answer = client_.call(own_call("/parts", object{{"part_numbers", array{number}}}));
  const auto urls = JsonReader(answer, "").list("parts", [](const value& part, const auto& path) {
    return JsonReader(part, path).text("url");
  });
  if (urls.size() != 1) throw Error(ErrorCode::kInternal, "the server minted another part's URL");
  return urls[0];
}

std::string Upload::send_part(int64_t number) const {
  const int64_t offset = (number - 1) * part_size_;
  const int64_t size = std::min(part_size_, file_.size - offset);
  std::string url =
      part_urls_.empty() ? minted_url(number) : part_urls_[static_cast<size_t>(number - 1)];
  for (int mintings = 0;; ++mintings) {
    try {
      const auto answer = client_.put(
          url, headers_, [this, offset, size] { return read_file(path_, offset, size); }, size);
      const std::string& tag = answer->header("etag");
      if (tag.empty()) throw Error(ErrorCode::kInternal, "the storage gave no ETag for a part");
      return tag;
    } catch (const Error& error) {
      // A URL lives for a while alone.
      if (error.code() != ErrorCode::kPermission || mintings == kMintings) throw;
      url = minted_url(number);
    }
  }
}

void Upload::finalize(const std::vector<std::string>& tags) const {
  object body;
  if (url_.empty()) {
    array parts;
    for (size_t i = 0; i < tags.size(); ++i) {
      parts.push_back({{"part_number", static_cast<int64_t>(i + 1)}, {"e_tag", tags[i]}});
    }
    body["parts"] = std::move(parts);
  }
  client_.call(own_call("/finalize", std::move(body)));
}

std::string Upload::run(int64_t parallel) {
  std::vector<std::string> tags;
  if (!url_.empty()) {
    client_.put(url_, headers_, [this] { return read_file(path_, 0, file_.size); }, file_.size);
  } else {
    tags.resize(parts());
    run_parallel(tags.size(), parallel, [&](size_t i) {
      const auto number = static_cast<int64_t>(i + 1);
      if (const auto there = there_.find(number); there != there_.end()) {
        tags[i] = there->second;
        return;
      }
      tags[i] = send_part(number);
      journal_.add_part(number, tags[i]);
    });
  }
  if (state_of_file(path_) != file_) {
    throw Error(ErrorCode::kFailedPrecondition,
                path_ + " was written to while it was uploaded: load it again");
  }
  finalize(tags);
  return id_;
}

std::optional<BegunUpload> begun_of(const std::string& path, const UploadJournal& journal) {
  std::optional<BegunUpload> begun = journal.read();
  if (begun && begun->file != state_of_file(path)) begun.reset();
  return begun;
}

// Whether it is this upload that the server has no use for. What is transient was tried often
// enough already: another upload would wait as long once more.
bool is_refusal(const Error& error) {
  return !error.transient() || error.code() == ErrorCode::kConflict;
}

// The parts that are missing of an upload that a client before this one has begun; none: there is
// none, or the server has no use for it any more.
std::optional<std::string> go_on(Client& client, const std::string& path, int64_t parallel,
                                 UploadJournal& journal) {
  const std::optional<BegunUpload> begun = begun_of(path, journal);
  if (!begun) return {};
  try {
    return Upload(client, path, journal, *begun).run(parallel);
  } catch (const Error& error) {
    if (!is_refusal(error)) throw;
    return {};
  }
}

}  // namespace

bool has_begun(const std::string& path, const std::string& journal) {
  return std::filesystem::exists(path) && begun_of(path, UploadJournal(journal)).has_value();
}

std::string upload_file(Client& client, const std::string& path, int64_t parallel,
                        const std::string& journal_path) {
  UploadJournal journal(journal_path);
  if (const auto id = go_on(client, path, parallel, journal)) return *id;
  try {
    return Upload(client, path, journal).run(parallel);
  } catch (const Error& error) {
    if (!is_refusal(error) || error.code() == ErrorCode::kPermission ||
        error.code() == ErrorCode::kNotFound) {
      throw;
    }
    // A finalize that is sent again, since its answer was lost, is refused: another upload is sure.
    return Upload(client, path, journal).run(parallel);
  }
}

}  // namespace hotload::remote
