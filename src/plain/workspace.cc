// SPDX-License-Identifier: Apache-2.0
#include "plain/workspace.h"

#include "hotload/error.h"
#include "plain/database.h"
#include "plain/unsupported.h"

namespace hotload::plain {

DatabaseRef PlainWorkspace::get(const std::string& name) {
  if (auto found = catalog_.find(name)) return *found;
  throw Error(ErrorCode::kNotFound, "there is no database '" + name + "' on " + location());
}

std::shared_ptr<Database> PlainWorkspace::opened(const DatabaseRef& database) const {
  return std::make_shared<PlainDatabase>(client_, database);
}

void PlainWorkspace::check_is_free(const std::string& name) {
  if (!has_database(name)) return;
  throw Error(ErrorCode::kAlreadyExists, "database '" + name + "' already exists");
}

std::shared_ptr<Database> PlainWorkspace::create_database(const std::string& name) {
  check_is_free(name);
  return opened(catalog_.create(name));
}

std::shared_ptr<Database> PlainWorkspace::open_database(const std::string& name) {
  return opened(get(name));
}

std::shared_ptr<Database> PlainWorkspace::open_or_create_database(const std::string& name) {
  if (auto found = catalog_.find(name)) return opened(*found);
  return opened(catalog_.create(name));
}

std::shared_ptr<Database> PlainWorkspace::fork_database(const std::string& from,
                                                        const std::string& to) {
  const DatabaseRef origin = get(from);
  check_is_free(to);
  return opened(catalog_.fork(origin, to));
}

std::vector<Receipt> PlainWorkspace::publish_database(const std::string&) {
  throw unsupported("publishing a fork");
}

void PlainWorkspace::drop_database(const std::string& name) { catalog_.drop(get(name)); }

}  // namespace hotload::plain
