// SPDX-License-Identifier: Apache-2.0
#include "remote/workspace.h"

#include <algorithm>
#include <cctype>

#include "hotload/error.h"
#include "model/json_reader.h"
#include "remote/database.h"

namespace hotload::remote {

using boost::json::object;
using boost::json::value;
using model::JsonReader;

namespace {

constexpr const char* kDatabases = "/v1/databases";

// Databases go by their labels: those that the server gives ids to.
class RemoteWorkspace : public Workspace {
 public:
  explicit RemoteWorkspace(std::shared_ptr<Client> client) : client_(std::move(client)) {}

  std::string location() const override {
    const ClientOptions& options = client_->options();
    return options.location.empty() ? options.base_url : options.location;
  }
  std::vector<std::string> list_databases() override;
  bool has_database(const std::string& name) override { return find(name) != nullptr; }
  std::shared_ptr<Database> create_database(const std::string& name) override;
  std::shared_ptr<Database> open_database(const std::string& name) override { return open(name); }
  // Whoever may only read opens what is there.
  std::shared_ptr<Database> open_or_create_database(const std::string& name) override {
    if (auto found = find_any(name)) return found;
    return make(name).first;
  }
  std::shared_ptr<Database> fork_database(const std::string& from, const std::string& to) override;
  std::vector<Receipt> publish_database(const std::string& fork) override {
    return open(fork)->publish();
  }
  void drop_database(const std::string& name) override;

 private:
  // nullptr: there is none of that name.
  std::shared_ptr<RemoteDatabase> find(const std::string& name);
  std::shared_ptr<RemoteDatabase> find_id(const std::string& name);
  // By name, else by id; what looks like an id the other way round.
  std::shared_ptr<RemoteDatabase> find_any(const std::string& name);
  std::shared_ptr<RemoteDatabase> open(const std::string& name);
  // The database of that name, and whether this call has made it.
  std::pair<std::shared_ptr<RemoteDatabase>, bool> make(const std::string& name);

  std::shared_ptr<Client> client_;
};

std::vector<std::string> RemoteWorkspace::list_databases() {
  std::vector<std::string> names;
  Query query{{"limit", "100"}};
  while (true) {
    const value answer = client_->call({.path = kDatabases, .query = query});
    JsonReader reader(answer, "");
    const auto page = reader.list("databases", [](const value& item, const std::string& path) {
      return JsonReader(item, path).text("name", "");
    });
    for (const std::string& name : page) {
      if (!name.empty()) names.push_back(name);
    }
    if (!reader.boolean("has_more", false)) break;
    query = {{"limit", "100"}, {"cursor", reader.text("next_cursor")}};
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::shared_ptr<RemoteDatabase> RemoteWorkspace::find(const std::string& name) {
  try {
    const value answer =
        client_->call({.path = std::string(kDatabases) + "/by-name", .query = {{"name", name}}});
    return std::make_shared<RemoteDatabase>(client_, JsonReader(answer, "").text("id"), name);
  } catch (const Error& error) {
    const std::string_view what = error.what();
    if (error.code() == ErrorCode::kConflict && what.starts_with("several databases")) {
      throw Error(ErrorCode::kInvalidArgument, error.what());  // they stay several
    }
    const bool missing = error.code() == ErrorCode::kNotFound && what.starts_with("database named");
    if (!missing) throw;
    return nullptr;
  }
}

std::shared_ptr<RemoteDatabase> RemoteWorkspace::find_any(const std::string& name) {
  if (!looks_like_id(name)) {
    if (auto found = find(name)) return found;
    return find_id(name);
  }
  if (auto found = find_id(name)) return found;
  return find(name);
}

std::shared_ptr<RemoteDatabase> RemoteWorkspace::find_id(const std::string& name) {
  try {
    const value answer = client_->call({.path = std::string(kDatabases) + "/" + url_encoded(name)});
    JsonReader reader(answer, "");
    return std::make_shared<RemoteDatabase>(client_, reader.text("id"), reader.text("name", ""));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return nullptr;
  }
}

std::shared_ptr<RemoteDatabase> RemoteWorkspace::open(const std::string& name) {
  if (auto found = find_any(name)) return found;
  throw Error(ErrorCode::kNotFound, "there is no database '" + name + "' on " + location());
}

std::pair<std::shared_ptr<RemoteDatabase>, bool> RemoteWorkspace::make(const std::string& name) {
  if (name.empty()) throw Error(ErrorCode::kInvalidArgument, "a database needs a name");
  const value answer = client_->call({.method = "POST",
                                      .path = kDatabases,
                                      .body = object{{"name", name}, {"if_not_exists", true}}});
  JsonReader reader(answer, "");
  const bool created = reader.boolean("created", true);
  return {std::make_shared<RemoteDatabase>(client_, reader.text("id"), name), created};
}

std::shared_ptr<Database> RemoteWorkspace::create_database(const std::string& name) {
  if (has_database(name)) {
    throw Error(ErrorCode::kAlreadyExists, "database '" + name + "' already exists");
  }
  // Not the one who made it: that may have been an attempt of this call whose answer was lost.
  return make(name).first;
}

std::shared_ptr<Database> RemoteWorkspace::fork_database(const std::string& from,
                                                         const std::string& to) {
  const std::shared_ptr<RemoteDatabase> origin = open(from);
  if (has_database(to)) {
    throw Error(ErrorCode::kAlreadyExists, "database '" + to + "' already exists");
  }
  try {
    const value answer =
        client_->call({.method = "POST",
                       .path = std::string(kDatabases) + "/" + url_encoded(origin->id()) + "/fork",
                       .body = object{{"name", to}},
                       .repeatable = false});
    return std::make_shared<RemoteDatabase>(client_, JsonReader(answer, "").text("id"), to);
  } catch (const Error& error) {
    if (!error.transient()) throw;
    // It may have been made all the same.
    if (auto made = find(to)) return made;
    throw;
  }
}

void RemoteWorkspace::drop_database(const std::string& name) {
  const std::string id = open(name)->id();
  try {
    client_->call({.method = "DELETE", .path = std::string(kDatabases) + "/" + url_encoded(id)});
  } catch (const Error& error) {
    // By an attempt of this call whose answer was lost.
    if (error.code() != ErrorCode::kNotFound) throw;
  }
}

}  // namespace

bool looks_like_id(const std::string& name) {
  const auto is_plain = [](unsigned char c) { return std::islower(c) || std::isdigit(c); };
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  return name.size() >= 12 && name.starts_with("db") &&
         std::all_of(name.begin(), name.end(), is_plain) &&
         std::any_of(name.begin(), name.end(), is_digit);
}

std::shared_ptr<Workspace> workspace_of(std::shared_ptr<Client> client) {
  return std::make_shared<RemoteWorkspace>(std::move(client));
}

}  // namespace hotload::remote
