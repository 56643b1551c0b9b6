// SPDX-License-Identifier: Apache-2.0
// The databases of the workspace under their opaque ids: labels and declarations in the journal,
// data in the lake's database of the same id. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/databases.h"
#include "hotload/workspace.h"
#include "server/journal.h"

namespace hotload::server {

// By which name statements call an attached database.
std::string catalog_of(const api::Attachment& attachment, const api::DatabaseInfo& attached);

class Databases {
 public:
  // Finishes creations and deletions that a crash has cut.
  Databases(Workspace& workspace, Journal& journal);
  virtual ~Databases() = default;

  struct Created {
    api::DatabaseInfo info;
    bool created = true;
  };
  virtual Created create(const api::CreateDatabaseRequest& request);
  // As one of a batch; `hex` is the random part of its ids. Does nothing when it is there.
  void create_in_batch(const api::CreateDatabaseRequest& request, const std::string& hex,
                       const std::string& batch);
  virtual api::DatabaseInfo fork(const std::string& id, const std::optional<std::string>& name,
                                 const std::optional<std::string>& expires_at);
  // These throw a Failure of 404 for what is not there.
  virtual api::DatabaseInfo get(const std::string& id) const;
  api::DatabaseInfo by_connection(const std::string& connection_id) const;
  std::shared_ptr<Database> open(const std::string& id) const;
  virtual void remove(const std::string& id);  // 409 while it is attached elsewhere
  // What is done with the id of each that is removed. Call once, before any is.
  void when_removed(std::function<void(const std::string&)> act) { removed_ = std::move(act); }
  // Newest first.
  virtual std::vector<api::DatabaseInfo> list() const;
  // Also of one that is deleted and was a fork, or was forked; nothing for any other.
  std::optional<api::DatabaseInfo> remembered(const std::string& id) const;
  // Its forks, also deleted ones, the latest first.
  std::vector<api::DatabaseInfo> forks(const std::string& id) const;

  void add_schema(const std::string& id, const api::SchemaDecl& schema);
  void add_table(const std::string& id, const std::string& schema, const api::TableDecl& table);
  // Of a table that is not declared: one without keys.
  api::TableDecl declaration(const std::string& id, const std::string& schema,
                             const std::string& table) const;
  void set_constant_per_key(const std::string& id, const std::string& schema,
                            const std::string& table, const std::vector<std::string>& columns);
  void drop_table(const std::string& id, const std::string& schema, const std::string& table);
  void attach(const std::string& id, const api::Attachment& attachment);
  void detach(const std::string& id, const std::string& connection_id);
  void remove_expired();

 protected:
  void tell_removed(const std::string& id) const {
    if (removed_) removed_(id);
  }

 private:
  void make(const api::DatabaseInfo& info);
  void begin(const std::string& id);
  void end(const std::string& id);
  void put(const api::DatabaseInfo& info);
  template <typename Change>
  void update(const std::string& id, Change change);

  Workspace& workspace_;
  Journal& journal_;
  std::function<void(const std::string&)> removed_;
  std::mutex mutex_;  // one change of a record at a time
};

}  // namespace hotload::server
