// SPDX-License-Identifier: Apache-2.0
#include "lake/layout.h"

#include <boost/json.hpp>

#include "model/json_reader.h"

namespace hotload::lake {

namespace {

void check_version(const fs::path& file) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(read_file(file), error);
  const boost::json::object* object = error ? nullptr : value.if_object();
  const boost::json::value* version = object != nullptr ? object->if_contains("format") : nullptr;
  if (version == nullptr || !version->is_int64()) {
    throw Error(ErrorCode::kCorrupt, file.string() + " does not say the lake's format; restore it");
  }
  if (version->get_int64() > kFormatVersion) {
    throw Error(ErrorCode::kVersion,
                file.string() + ": the lake has format " + std::to_string(version->get_int64()) +
                    ", this hotload knows up to " + std::to_string(kFormatVersion) +
                    "; install a newer hotload");
  }
}

}  // namespace

bool check_format(const fs::path& root) {
  const fs::path file = root / kFormatFile;
  if (fs::exists(file)) {
    check_version(file);
    return true;
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename();
    // What a crash in the middle of this very function can leave.
    if (name == "lock" || (name.starts_with(kFormatFile) && name.ends_with(".new"))) continue;
    throw Error(ErrorCode::kInvalidArgument, root.string() + " is not a lake: it holds '" + name +
                                                 "'; name an empty or a new folder");
  }
  return false;
}

void check_or_write_format(const fs::path& root) {
  if (check_format(root)) return;
  const boost::json::object text{{"format", kFormatVersion}};
  write_file_synced(root / kFormatFile, boost::json::serialize(text) + "\n");
}

void write_database_file(const fs::path& folder) {
  write_file_synced(folder / kDatabaseFile, "{\"format\":1}\n");
}

void write_origin(const fs::path& folder, const Origin& origin) {
  const boost::json::object text{{"database", origin.database}, {"snapshot", origin.snapshot}};
  write_file_synced(folder / kOriginFile, boost::json::serialize(text) + "\n");
}

std::optional<Origin> read_origin(const fs::path& folder) {
  const fs::path file = folder / kOriginFile;
  if (!fs::exists(file)) return std::nullopt;
  const boost::json::value value = model::parse_json(read_file(file));
  model::JsonReader reader(value, file.string());
  return Origin{reader.text("database"), reader.integer("snapshot", 0)};
}

}  // namespace hotload::lake
