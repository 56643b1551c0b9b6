// SPDX-License-Identifier: Apache-2.0
#include "server/key_file.h"

#include <algorithm>

#include "hotload/error.h"
#include "model/json_reader.h"
#include "server/text.h"

namespace hotload::server {

using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr std::string_view kPrefix = "hotload_";
constexpr size_t kKeyIdBytes = 6;
constexpr size_t kKeyBytes = 32;
constexpr size_t kSaltBytes = 16;

object record_of(const ApiKey& key) {
  return {{"id", key.id},
          {"name", key.name},
          {"salt", key.salt},
          {"hash", key.hash},
          {"workspaces", model::json_texts(key.workspaces)},
          {"may_write", key.may_write},
          {"created_at", key.created_at}};
}

ApiKey key_of(const value& record, const std::string& path) {
  JsonReader reader(record, path);
  return {reader.text("id"),
          reader.text("name"),
          reader.text("salt"),
          reader.text("hash"),
          reader.texts("workspaces"),
          reader.boolean("may_write", false),
          reader.text("created_at", "")};
}

}  // namespace

// The keys are random and as long as the hash: nothing slower is needed to keep them.
std::string key_hash(const std::string& salt, const std::string& key) {
  return sha256_hex(salt + key);
}

std::string key_id(const std::string& key) {
  const bool ours = key.size() == kPrefix.size() + 2 * kKeyIdBytes + 1 + 2 * kKeyBytes &&
                    key.starts_with(kPrefix);
  return ours ? key.substr(kPrefix.size(), 2 * kKeyIdBytes) : "";
}

std::vector<ApiKey> KeyFile::list() const {
  if (!fs::exists(path_)) return {};
  try {
    const value whole = model::parse_json(read_text(path_));
    return JsonReader(whole, "").list("keys", key_of);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInvalidArgument) throw;
    throw Error(ErrorCode::kCorrupt, path_.string() + ": " + error.what());
  }
}

void KeyFile::write(const std::vector<ApiKey>& keys) const {
  boost::json::array records;
  for (const ApiKey& key : keys) records.push_back(record_of(key));
  write_synced(path_, boost::json::serialize(object{{"keys", std::move(records)}}) + "\n");
}

std::string KeyFile::add(const ApiKey& wanted) {
  make_folder(path_.parent_path());
  const File lock(path_.string() + ".lock", File::Mode::kLock);
  std::vector<ApiKey> keys = list();
  ApiKey key = wanted;
  key.id = random_hex(kKeyIdBytes);
  key.salt = random_hex(kSaltBytes);
  key.created_at = now_utc();
  std::string text = std::string(kPrefix) + key.id + "_" + random_hex(kKeyBytes);
  key.hash = key_hash(key.salt, text);
  keys.push_back(std::move(key));
  write(keys);
  return text;
}

void KeyFile::remove(const std::string& id) {
  if (!fs::exists(path_)) throw Error(ErrorCode::kNotFound, "there is no key '" + id + "'");
  const File lock(path_.string() + ".lock", File::Mode::kLock);
  std::vector<ApiKey> keys = list();
  if (std::erase_if(keys, [&](const ApiKey& key) { return key.id == id; }) == 0) {
    throw Error(ErrorCode::kNotFound, "there is no key '" + id + "'");
  }
  write(keys);
}

}  // namespace hotload::server
