// SPDX-License-Identifier: Apache-2.0
#include "server/uploads.h"

#include <algorithm>
#include <set>

#include "api/errors.h"
#include "api/json.h"
#include "model/json_reader.h"
#include "server/finally.h"
#include "server/text.h"

namespace hotload::server {

using api::Failure;
using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr const char* kUploadKind = "upload";
constexpr const char* kPartKind = "upload_part";
constexpr std::array<const char*, 3> kStatuses{"open", "finalized", "loaded"};
constexpr int64_t kMaxPartSize = int64_t{5} << 30;
constexpr int64_t kMaxParts = 10'000;
constexpr int64_t kOpenSeconds = 24 * 3600;

std::string part_id(const std::string& upload, int64_t number) {
  std::string digits = std::to_string(number);
  return upload + "/" + std::string(6 - std::min<size_t>(6, digits.size()), '0') + digits;
}

object record_of(const Upload& upload) {
  return {{"id", upload.id},
          {"status", kStatuses[static_cast<size_t>(upload.status)]},
          {"multipart", upload.multipart},
          {"part_size", upload.part_size},
          {"token_hash", upload.token_hash},
          {"url_token", upload.url_token},
          {"filename", api::or_null(upload.request.filename)},
          {"content_type", api::or_null(upload.request.content_type)},
          {"declared_size_bytes", api::or_null(upload.request.declared_size_bytes)},
          {"checksum_algo", upload.request.checksum ? value("sha256") : value(nullptr)},
          {"checksum_value", api::or_null(upload.request.checksum)},
          {"created_at", upload.created_at},
          {"expires_at", upload.expires_at},
          {"size_bytes", upload.size_bytes}};
}

Upload upload_of(const value& record) {
  JsonReader reader(record, "");
  Upload upload;
  upload.id = reader.text("id");
  upload.status = reader.word("status", kStatuses, Upload::Status::kOpen);
  upload.multipart = reader.boolean("multipart", false);
  upload.part_size = reader.integer("part_size", 0);
  upload.token_hash = reader.text("token_hash");
  upload.url_token = reader.text("url_token");
  upload.request = api::create_upload_from_json(record);
  upload.created_at = reader.text("created_at");
  upload.expires_at = reader.text("expires_at");
  upload.size_bytes = reader.integer("size_bytes", 0);
  return upload;
}

}  // namespace

// Writes one part where it belongs.
class UploadSink : public BodySink {
 public:
  UploadSink(Uploads& uploads, const Upload& upload, int64_t number)
      : uploads_(uploads),
        id_(upload.id),
        number_(number),
        writer_(uploads.begin_part(upload.id, number)),
        limit_(number == 0 ? uploads.config_.max_upload_bytes : upload.part_size),
        file_(uploads.path(upload.id), number == 0 ? 0 : (number - 1) * upload.part_size) {}

  void write(const void* bytes, size_t size) override {
    if (file_.size() + static_cast<int64_t>(size) > limit_) {
      throw Failure(413, "PART_TOO_LARGE",
                    "a part has at most " + std::to_string(limit_) + " bytes");
    }
    const std::shared_lock writing(uploads_.writing_);
    uploads_.check_writer(id_, number_, writer_);
    file_.write(bytes, size);
  }

  Response finish() override {
    {
      const std::shared_lock writing(uploads_.writing_);
      uploads_.check_writer(id_, number_, writer_);
      if (number_ == 0) file_.file().truncate(file_.size());
    }
    file_.file().sync();
    Response response = empty_response(200);
    response.headers.emplace_back("ETag",
                                  uploads_.finish_part(id_, number_, writer_, file_.size()));
    return response;
  }

 private:
  Uploads& uploads_;
  const std::string id_;
  const int64_t number_;
  const uint64_t writer_;
  const int64_t limit_;
  FileWriter file_;
};

Uploads::Uploads(const Config& config, Journal& journal, std::filesystem::path folder)
    : config_(config), journal_(journal), folder_(std::move(folder)) {
  if (!config_.local) make_folder(folder_);
}

void Uploads::put(const Upload& upload) { journal_.put(kUploadKind, upload.id, record_of(upload)); }

Upload Uploads::get(const std::string& id) const {
  const auto record = journal_.get(kUploadKind, id);
  if (!record) throw api::not_found("upload '" + id + "'");
  return upload_of(*record);
}

Upload Uploads::get_open(const std::string& id, const std::string& token) const {
  const Upload upload = get(id);
  if (!same_secret(sha256_hex(token), upload.token_hash)) {
    // No more is told to one who lacks the token than to one who guesses ids.
    throw api::not_found("upload '" + id + "'");
  }
  if (upload.status != Upload::Status::kOpen) {
    throw api::bad_request("upload '" + id + "' is finalized already");
  }
  return upload;
}

std::string Uploads::url(const Upload& upload, int64_t number, const std::string& base_url) const {
  return base_url + "/storage/" + upload.id + "/" + std::to_string(number) + "/" + upload.url_token;
}

api::UploadSession Uploads::create(const api::CreateUploadRequest& request,
                                   const std::string& base_url) {
  const auto& declared = request.declared_size_bytes;
  if (declared.value_or(0) > config_.max_upload_bytes) {
    throw api::bad_request("an upload has at most " + std::to_string(config_.max_upload_bytes) +
                           " bytes");
  }
  const std::string token = random_hex(24);
  Upload upload;
  upload.id = "upl" + random_hex(12);
  upload.multipart = !declared || *declared > config_.part_bytes;
  const int64_t least = (declared.value_or(0) + kMaxParts - 1) / kMaxParts;
  const int64_t part = config_.part_bytes;
  upload.part_size =
      std::clamp(request.part_size.value_or(part), std::max(part, least), kMaxPartSize);
  upload.token_hash = sha256_hex(token);
  upload.url_token = random_hex(16);
  upload.request = request;
  upload.created_at = now_utc();
  upload.expires_at = now_utc(kOpenSeconds);
  put(upload);

  api::UploadSession session{upload.id, token, "", upload.part_size, {}};
  if (!upload.multipart) {
    session.url = url(upload, 0, base_url);
  } else if (declared) {
    const int64_t parts = (*declared + upload.part_size - 1) / upload.part_size;
    for (int64_t n = 1; n <= parts; ++n) session.part_urls.push_back(url(upload, n, base_url));
  }
  return session;
}

std::vector<api::UploadPart> Uploads::mint(const std::string& id, const std::string& token,
                                           const std::vector<int64_t>& numbers,
                                           const std::string& base_url) const {
  const Upload upload = get_open(id, token);
  if (!upload.multipart) throw api::bad_request("upload '" + id + "' has no parts");
  std::vector<api::UploadPart> parts;
  std::set<int64_t> seen;
  for (const int64_t number : numbers) {
    if (number < 1 || number > kMaxParts || !seen.insert(number).second) {
      throw api::bad_request("part numbers are 1 to " + std::to_string(kMaxParts) + ", none twice");
    }
    parts.push_back({number, url(upload, number, base_url)});
  }
  return parts;
}

std::unique_ptr<BodySink> Uploads::open_sink(const std::string& id, const std::string& url_token,
                                             int64_t number, int64_t size_bytes) {
  const Upload upload = get(id);
  if (!same_secret(url_token, upload.url_token) || upload.status != Upload::Status::kOpen) {
    throw Failure(403, api::kForbidden, "this URL is no longer valid");
  }
  if (upload.multipart == (number == 0) || number > kMaxParts) {
    throw api::bad_request("upload '" + id + "' has no part " + std::to_string(number));
  }
  const int64_t limit = upload.multipart ? upload.part_size : config_.max_upload_bytes;
  const int64_t end = upload.multipart ? (number - 1) * upload.part_size + size_bytes : size_bytes;
  if (size_bytes > limit || end > config_.max_upload_bytes) {
    throw Failure(413, "PART_TOO_LARGE", "the part or the upload is too large");
  }
  return std::make_unique<UploadSink>(*this, upload, number);
}

uint64_t Uploads::begin_part(const std::string& id, int64_t number) {
  std::lock_guard lock(mutex_);
  // It may have been finalized since its record was looked at.
  if (closed_.contains(id) || get(id).status != Upload::Status::kOpen) {
    throw Failure(403, api::kForbidden, "this URL is no longer valid");
  }
  journal_.erase(kPartKind, part_id(id, number));
  return writers_[part_id(id, number)] = next_writer_++;
}

void Uploads::check_writer(const std::string& id, int64_t number, uint64_t writer) {
  std::lock_guard lock(mutex_);
  check_latest(id, number, writer);
}

void Uploads::check_latest(const std::string& id, int64_t number, uint64_t writer) const {
  const auto latest = writers_.find(part_id(id, number));
  if (latest == writers_.end() || latest->second != writer) {
    throw Failure(409, api::kResourceLocked,
                  "the part is being sent again, or the upload is finalized", 1);
  }
}

std::string Uploads::finish_part(const std::string& id, int64_t number, uint64_t writer,
                                 int64_t size_bytes) {
  std::lock_guard lock(mutex_);
  check_latest(id, number, writer);
  writers_.erase(part_id(id, number));
  const std::string etag = "\"" + random_hex(8) + "\"";
  journal_.put(kPartKind, part_id(id, number),
               {{"number", number}, {"size", size_bytes}, {"etag", etag}});
  return etag;
}

int64_t Uploads::size_of_parts(const Upload& upload,
                               const std::vector<api::UploadPart>& parts) const {
  std::map<int64_t, std::pair<int64_t, std::string>> there;
  for (const value& record : journal_.list(kPartKind, upload.id + "/")) {
    JsonReader reader(record, "");
    there[reader.integer("number", 0)] = {reader.integer("size", 0), reader.text("etag")};
  }
  if (!upload.multipart) {
    if (there.empty()) throw api::bad_request("nothing was uploaded to '" + upload.id + "'");
    return there.at(0).first;
  }
  if (parts.empty()) throw api::bad_request("'parts' is missing");
  int64_t total = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto number = static_cast<int64_t>(i) + 1;
    const auto found = there.find(number);
    if (parts[i].number != number) throw api::bad_request("parts are 1, 2, 3, ... in this order");
    if (found == there.end() || found->second.second != parts[i].value) {
      throw api::bad_request("part " + std::to_string(number) + " was not uploaded as " +
                             parts[i].value);
    }
    const int64_t size = found->second.first;
    if (size != upload.part_size && number != static_cast<int64_t>(parts.size())) {
      throw api::bad_request("part " + std::to_string(number) + " has " + std::to_string(size) +
                             " bytes: all but the last have part_size");
    }
    total += size;
  }
  return total;
}

// From here on nobody writes to it.
void Uploads::close(const std::string& id) {
  const std::unique_lock nobody_writes(writing_);
  std::lock_guard lock(mutex_);
  if (!closed_.insert(id).second) {
    throw Failure(409, api::kResourceLocked, "upload '" + id + "' is being finalized", 1);
  }
  std::erase_if(writers_, [&](const auto& entry) { return entry.first.starts_with(id + "/"); });
}

void Uploads::check_content(const Upload& upload) const {
  const auto& declared = upload.request.declared_size_bytes;
  if (declared && *declared != upload.size_bytes) {
    throw api::bad_request("the upload has " + std::to_string(upload.size_bytes) + " bytes, not " +
                           std::to_string(*declared) + " as declared");
  }
  {
    File file(path(upload.id), File::Mode::kWrite);
    if (file.size() != upload.size_bytes) file.truncate(upload.size_bytes);
    file.sync();
  }
  sync_folder(folder_);
  if (upload.request.checksum && sha256_of_file(path(upload.id)) != *upload.request.checksum) {
    throw api::bad_request("the checksum of the upload is another than declared");
  }
}

api::FinalizedUpload Uploads::finalize(const std::string& id, const std::string& token,
                                       const std::vector<api::UploadPart>& parts) {
  get_open(id, token);
  close(id);
  const Finally opened([this, &id] {
    std::lock_guard lock(mutex_);
    closed_.erase(id);
  });
  Upload upload = get_open(id, token);
  upload.size_bytes = size_of_parts(upload, parts);
  check_content(upload);
  upload.status = Upload::Status::kFinalized;
  upload.expires_at = now_utc(config_.upload_ttl_s);
  put(upload);
  forget_parts(id);
  return {id, "ready", upload.size_bytes, upload.created_at, upload.request.content_type};
}

void Uploads::forget_parts(const std::string& id) {
  for (const value& part : journal_.list(kPartKind, id + "/")) {
    journal_.erase(kPartKind, part_id(id, part.at("number").as_int64()), Journal::Durable::kSoon);
  }
}

Upload Uploads::get_finalized(const std::string& id) const {
  Upload upload = get(id);
  if (upload.status == Upload::Status::kOpen) {
    throw api::bad_request("upload '" + id + "' is not finalized");
  }
  return upload;
}

void Uploads::set_loaded(const std::string& id) {
  Upload upload = get(id);
  if (upload.status != Upload::Status::kLoaded) {
    upload.status = Upload::Status::kLoaded;
    put(upload);
  }
  remove_quietly(path(id));
}

void Uploads::remove_expired() {
  const std::string now = now_utc();
  for (const value& record : journal_.list(kUploadKind)) {
    const Upload upload = upload_of(record);
    if (upload.expires_at > now) continue;
    remove_quietly(path(upload.id));
    forget_parts(upload.id);
    journal_.erase(kUploadKind, upload.id, Journal::Durable::kSoon);
  }
}

}  // namespace hotload::server
