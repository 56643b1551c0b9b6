// SPDX-License-Identifier: Apache-2.0
#include "api/uploads.h"

#include <algorithm>

#include "api/json.h"
#include "model/identifier.h"
#include "model/json_reader.h"

namespace hotload::api {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using model::JsonReader;

CreateUploadRequest create_upload_from_json(const value& json) {
  JsonReader reader(json, "");
  CreateUploadRequest request;
  request.filename = reader.optional_text("filename");
  request.content_type = reader.optional_text("content_type");
  request.content_encoding = reader.optional_text("content_encoding");
  request.declared_size_bytes = reader.optional_integer("declared_size_bytes");
  request.part_size = reader.optional_integer("part_size");
  if (request.declared_size_bytes.value_or(0) < 0) {
    reader.fail("declared_size_bytes", "must not be negative");
  }
  const auto algorithm = reader.optional_text("checksum_algo");
  const auto checksum = reader.optional_text("checksum_value");
  if (algorithm && model::fold_case(*algorithm) != "sha256") {
    reader.fail("checksum_algo", "must be sha256");
  }
  if (algorithm.has_value() != checksum.has_value()) {
    reader.fail("checksum_value", "and checksum_algo need each other");
  }
  if (checksum) {
    request.checksum = model::fold_case(*checksum);
    const bool hex = request.checksum->find_first_not_of("0123456789abcdef") == std::string::npos;
    if (request.checksum->size() != 64 || !hex) reader.fail("checksum_value", "has 64 hex digits");
  }
  return request;
}

std::vector<UploadPart> finalize_parts_from_json(const value& json) {
  return JsonReader(json, "").list("parts", [](const value& part, const std::string& path) {
    JsonReader reader(part, path);
    return UploadPart{reader.integer("part_number", 0), reader.text("e_tag")};
  });
}

std::vector<int64_t> part_numbers_from_json(const value& json) {
  return JsonReader(json, "").list("part_numbers", [](const value& number, const std::string&) {
    return number.is_int64() ? number.get_int64() : 0;
  });
}

object to_json(const UploadSession& session) {
  object json{{"upload_id", session.upload_id},
              {"finalize_token", session.finalize_token},
              {"headers", object()},
              {"mode", session.url.empty() ? "multipart" : "single"}};
  if (!session.url.empty()) {
    json["url"] = session.url;
    return json;
  }
  json["part_size"] = session.part_size;
  // A list of none would mean an upload of no part.
  if (!session.part_urls.empty()) json["part_urls"] = model::json_texts(session.part_urls);
  return json;
}

object to_json(const FinalizedUpload& upload) {
  return {{"upload_id", upload.upload_id},
          {"status", upload.status},
          {"size_bytes", upload.size_bytes},
          {"created_at", upload.created_at},
          {"content_type", or_null(upload.content_type)}};
}

object minted_json(const std::vector<UploadPart>& parts) {
  array list;
  for (const UploadPart& part : parts) {
    list.push_back({{"part_number", part.number}, {"url", part.value}});
  }
  return {{"parts", std::move(list)}};
}

}  // namespace hotload::api
