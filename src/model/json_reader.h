// SPDX-License-Identifier: Apache-2.0
// Reads the fields of a JSON object that may be hostile. Every fault is kInvalidArgument and names
// the field by its path ("tables[2].columns[0].type"). The value must outlive the reader.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hotload::model {

class JsonReader {
 public:
  // Throws when `value` is no object.
  JsonReader(const boost::json::value& value, std::string path);

  // The fallback stands for a field that is missing or null.
  std::string text(const char* field);
  std::string text(const char* field, const std::string& fallback);
  std::optional<std::string> optional_text(const char* field);
  int64_t integer(const char* field, int64_t fallback);
  std::optional<int64_t> optional_integer(const char* field);
  bool boolean(const char* field, bool fallback);
  std::vector<std::string> texts(const char* field);

  // Each element of the array `field` through `read(value, path)`.
  template <typename Read>
  auto list(const char* field, Read read) {
    std::vector<decltype(read(std::declval<const boost::json::value&>(), std::string()))> out;
    const boost::json::array* array = elements(field);
    if (array == nullptr) return out;
    out.reserve(array->size());
    for (size_t i = 0; i < array->size(); ++i) {
      out.push_back(read((*array)[i], path_of(field) + "[" + std::to_string(i) + "]"));
    }
    return out;
  }

  // One word of `words` (their order is the enum's).
  template <typename Enum, size_t N>
  Enum word(const char* field, const std::array<const char*, N>& words, Enum fallback) {
    const std::string found = text(field, words[static_cast<size_t>(fallback)]);
    for (size_t i = 0; i < N; ++i) {
      if (found == words[i]) return static_cast<Enum>(i);
    }
    fail(field, "has an unknown value");
  }

  // nullptr when missing or null.
  const boost::json::value* find(const char* field);
  std::string path_of(const char* field) const;
  // Throws for a field that nobody asked for: a misspelt option must not pass silently.
  void finish() const;
  [[noreturn]] void fail(const char* field, const std::string& why) const;

 private:
  const boost::json::array* elements(const char* field);

  const boost::json::object* object_;
  std::string path_;
  std::set<std::string> known_;
};

// A text; throws with `path` for anything else.
std::string json_text(const boost::json::value& value, const std::string& path);
std::optional<std::string> json_optional_text(const boost::json::value& value,
                                              const std::string& path);
boost::json::array json_texts(const std::vector<std::string>& texts);
// Parses a JSON text; throws kInvalidArgument.
boost::json::value parse_json(const std::string& text);

}  // namespace hotload::model
