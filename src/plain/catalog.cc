// SPDX-License-Identifier: Apache-2.0
#include "plain/catalog.h"

#include <algorithm>

#include "hotload/error.h"
#include "model/json_reader.h"
#include "remote/workspace.h"

namespace hotload::plain {

using boost::json::object;
using boost::json::value;
using model::JsonReader;
using remote::url_encoded;

namespace {

constexpr const char* kDatabases = "/v1/databases";
constexpr int kAttempts = 4;  // to make one

std::string path_of(const std::string& id) {
  return std::string(kDatabases) + "/" + url_encoded(id);
}

}  // namespace

std::vector<Catalog::Entry> Catalog::list() {
  std::vector<Entry> all;
  remote::Query query{{"limit", "100"}};
  while (true) {
    const value answer = client_->call({.path = kDatabases, .query = query});
    JsonReader reader(answer, "");
    const auto page = reader.list("databases", [](const value& item, const std::string& path) {
      JsonReader entry(item, path);
      return Entry{entry.text("id"), entry.text("name", "")};
    });
    all.insert(all.end(), page.begin(), page.end());
    if (!reader.boolean("has_more", false)) return all;
    query = {{"limit", "100"}, {"cursor", reader.text("next_cursor")}};
  }
}

std::vector<std::string> Catalog::names() {
  std::vector<std::string> names;
  for (const Entry& entry : list()) {
    if (!entry.name.empty()) names.push_back(entry.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

DatabaseRef Catalog::get(const std::string& id, const std::string& name) {
  const value answer = client_->call({.path = path_of(id)});
  JsonReader reader(answer, "");
  return {reader.text("id"), name, reader.text("default_connection_id"),
          reader.text("default_catalog", "default"), reader.text("default_schema", "main")};
}

std::optional<DatabaseRef> Catalog::find(const std::string& name) {
  // Whoever comes with an id need not wait until all databases of the account are listed.
  if (remote::looks_like_id(name)) {
    if (auto found = find_id(name)) return found;
  }
  std::string ids;
  std::optional<std::string> id;
  int named = 0;
  for (const Entry& entry : list()) {
    if (entry.name == name) {
      ++named;
      id = entry.id;
      ids += (ids.empty() ? "" : ", ") + entry.id;
    } else if (entry.id == name && named == 0) {
      id = entry.id;
    }
  }
  if (named > 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "several databases are called '" + name + "': name one by its id (" + ids + ")");
  }
  if (!id) return {};
  return get(*id, name);
}

std::optional<DatabaseRef> Catalog::find_id(const std::string& id) {
  try {
    return get(id, id);
  } catch (const Error& error) {
    const bool none =
        error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kInvalidArgument;
    if (!none) throw;
    return {};
  }
}

DatabaseRef Catalog::make(const std::string& path, const object& body, const std::string& name) {
  const remote::RetryPolicy& retry = client_->options().retry;
  for (int attempt = 1;; ++attempt) {
    try {
      const value answer =
          client_->call({.method = "POST", .path = path, .body = body, .repeatable = false});
      return get(JsonReader(answer, "").text("id"), name);
    } catch (const Error& error) {
      if (!error.transient()) throw;
      // It may have been made all the same.
      client_->options().sleep(std::chrono::milliseconds(retry.first_wait_ms * attempt));
      if (auto made = find(name)) return *made;
      if (attempt >= std::min(retry.max_attempts, kAttempts)) throw;
    }
  }
}

DatabaseRef Catalog::create(const std::string& name) {
  if (name.empty()) throw Error(ErrorCode::kInvalidArgument, "a database needs a name");
  // Servers that know the second field make no second one for two clients at once.
  return make(kDatabases, {{"name", name}, {"if_not_exists", true}}, name);
}

DatabaseRef Catalog::fork(const DatabaseRef& origin, const std::string& name) {
  return make(path_of(origin.id) + "/fork", {{"name", name}}, name);
}

void Catalog::drop(const DatabaseRef& database) {
  try {
    client_->call({.method = "DELETE", .path = path_of(database.id)});
  } catch (const Error& error) {
    // By an attempt of this call whose answer was lost.
    if (error.code() != ErrorCode::kNotFound) throw;
  }
}

}  // namespace hotload::plain
