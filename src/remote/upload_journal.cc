// SPDX-License-Identifier: Apache-2.0
#include "remote/upload_journal.h"

#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "hotload/error.h"
#include "model/json_reader.h"

namespace hotload::remote {

using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr std::chrono::hours kKept{7 * 24};

BegunUpload upload_of(const value& line) {
  JsonReader reader(line, "");
  BegunUpload upload;
  upload.id = reader.text("upload_id");
  upload.token = reader.text("finalize_token");
  upload.file = {reader.integer("size", 0), reader.integer("modified_ns", 0)};
  upload.part_size = reader.integer("part_size", 0);
  if (const value* headers = reader.find("headers"); headers != nullptr && headers->is_object()) {
    for (const auto& [name, text] : headers->get_object()) {
      upload.headers.emplace_back(name, model::json_text(text, "headers"));
    }
  }
  return upload;
}

}  // namespace

std::optional<BegunUpload> UploadJournal::read() const {
  std::ifstream file(path_);
  std::string line;
  if (path_.empty() || !std::getline(file, line)) return {};
  try {
    BegunUpload upload = upload_of(model::parse_json(line));
    if (upload.part_size <= 0) return {};
    // The last line may be torn: its part is sent again.
    while (std::getline(file, line) && line.ends_with('}')) {
      const value part = model::parse_json(line);
      JsonReader reader(part, "");
      upload.tags[reader.integer("part", 0)] = reader.text("e_tag");
    }
    return upload;
  } catch (const Error&) {
    return {};
  }
}

void UploadJournal::append(const std::string& line) {
  if (path_.empty()) return;
  std::lock_guard lock(mutex_);
  std::ofstream file(path_, std::ios::app);
  // What cannot be written (a full disk) costs a killed client its parts, this one nothing.
  file << line << "\n";
}

void UploadJournal::begin(const BegunUpload& upload) {
  forget();
  object headers;
  for (const auto& [name, text] : upload.headers) headers[name] = text;
  append(boost::json::serialize(object{{"upload_id", upload.id},
                                       {"finalize_token", upload.token},
                                       {"size", upload.file.size},
                                       {"modified_ns", upload.file.modified_ns},
                                       {"part_size", upload.part_size},
                                       {"headers", std::move(headers)}}));
}

void UploadJournal::add_part(int64_t number, const std::string& tag) {
  append(boost::json::serialize(object{{"part", number}, {"e_tag", tag}}));
}

void UploadJournal::forget() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void remove_old_journals(const std::filesystem::path& folder) {
  const auto oldest = std::filesystem::file_time_type::clock::now() - kKept;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    std::error_code vanished;
    const auto written = entry.last_write_time(vanished);
    if (!vanished && written < oldest) std::filesystem::remove(entry.path(), vanished);
  }
}

}  // namespace hotload::remote
