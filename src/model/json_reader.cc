// SPDX-License-Identifier: Apache-2.0
#include "model/json_reader.h"

#include "hotload/error.h"
#include "model/identifier.h"

namespace hotload::model {
namespace {

[[noreturn]] void reject(const std::string& path, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument,
              "JSON field " + (path.empty() ? "(the whole)" : path) + " " + why);
}

}  // namespace

JsonReader::JsonReader(const boost::json::value& value, std::string path)
    : object_(value.if_object()), path_(std::move(path)) {
  if (object_ == nullptr) reject(path_, "must be an object");
}

std::string JsonReader::path_of(const char* field) const {
  return path_.empty() ? field : path_ + "." + field;
}

void JsonReader::fail(const char* field, const std::string& why) const {
  reject(path_of(field), why);
}

const boost::json::value* JsonReader::find(const char* field) {
  known_.insert(field);
  const boost::json::value* value = object_->if_contains(field);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string JsonReader::text(const char* field) {
  const boost::json::value* value = find(field);
  if (value == nullptr) fail(field, "is missing");
  return json_text(*value, path_of(field));
}

std::string JsonReader::text(const char* field, const std::string& fallback) {
  const boost::json::value* value = find(field);
  return value == nullptr ? fallback : json_text(*value, path_of(field));
}

std::optional<std::string> JsonReader::optional_text(const char* field) {
  const boost::json::value* value = find(field);
  if (value == nullptr) return std::nullopt;
  return json_text(*value, path_of(field));
}

int64_t JsonReader::integer(const char* field, int64_t fallback) {
  const boost::json::value* value = find(field);
  if (value == nullptr) return fallback;
  boost::system::error_code error;
  const auto number = value->to_number<int64_t>(error);
  if (error) fail(field, "must be an integer");
  return number;
}

std::optional<int64_t> JsonReader::optional_integer(const char* field) {
  if (find(field) == nullptr) return {};
  return integer(field, 0);
}

bool JsonReader::boolean(const char* field, bool fallback) {
  const boost::json::value* value = find(field);
  if (value == nullptr) return fallback;
  if (!value->is_bool()) fail(field, "must be true or false");
  return value->get_bool();
}

std::vector<std::string> JsonReader::texts(const char* field) { return list(field, json_text); }

const boost::json::array* JsonReader::elements(const char* field) {
  const boost::json::value* value = find(field);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) fail(field, "must be an array");
  return &value->get_array();
}

void JsonReader::finish() const {
  for (const auto& member : *object_) {
    const std::string name(member.key());
    if (!known_.contains(name)) {
      reject(path_of(is_valid_utf8(name) ? name.substr(0, 80).c_str() : "?"), "is unknown");
    }
  }
}

std::string json_text(const boost::json::value& value, const std::string& path) {
  if (!value.is_string()) reject(path, "must be a string");
  return std::string(value.get_string());
}

std::optional<std::string> json_optional_text(const boost::json::value& value,
                                              const std::string& path) {
  if (value.is_null()) return std::nullopt;
  return json_text(value, path);
}

boost::json::array json_texts(const std::vector<std::string>& texts) {
  return boost::json::array(texts.begin(), texts.end());
}

boost::json::value parse_json(const std::string& text) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  if (error) throw Error(ErrorCode::kInvalidArgument, "not JSON: " + error.message());
  return value;
}

}  // namespace hotload::model
