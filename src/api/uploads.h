// SPDX-License-Identifier: Apache-2.0
// Upload sessions: opened, filled by PUTs of the whole or of parts, finalized.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hotload::api {

struct CreateUploadRequest {
  std::optional<std::string> filename;
  std::optional<std::string> content_type;
  std::optional<std::string> content_encoding;
  std::optional<int64_t> declared_size_bytes;
  std::optional<int64_t> part_size;
  std::optional<std::string> checksum;  // sha256, 64 lower case hex digits
};

struct UploadPart {
  int64_t number = 0;
  std::string value;  // its URL, or its ETag
};

struct UploadSession {
  std::string upload_id;
  std::string finalize_token;
  std::string url;  // empty: multipart
  int64_t part_size = 0;
  std::vector<std::string> part_urls;  // none: minted one by one
};

struct FinalizedUpload {
  std::string upload_id;
  std::string status;
  int64_t size_bytes = 0;
  std::string created_at;
  std::optional<std::string> content_type;
};

CreateUploadRequest create_upload_from_json(const boost::json::value& value);
std::vector<UploadPart> finalize_parts_from_json(const boost::json::value& value);
std::vector<int64_t> part_numbers_from_json(const boost::json::value& value);

boost::json::object to_json(const UploadSession& session);
boost::json::object to_json(const FinalizedUpload& upload);
boost::json::object minted_json(const std::vector<UploadPart>& parts);

}  // namespace hotload::api
