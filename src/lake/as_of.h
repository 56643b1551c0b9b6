// SPDX-License-Identifier: Apache-2.0
// A database as it was: which snapshot a user means, and a catalog of views over its tables at
// that snapshot, so that any statement reads all of them there.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "lake/lake.h"

namespace hotload::lake {

// `as_of` is the id of a committed load (the database right after it), the number of a snapshot,
// or an ISO 8601 time (UTC when it names no zone). Throws kNotFound for what never was, kExpired
// for what lies before the retention, kInvalidArgument for a text that is none of these or a load
// id that several schemas have.
int64_t resolve_snapshot(Lake& lake, const std::string& as_of);

// An in-memory catalog with the schemas of one snapshot. The engine binds each view as it is made,
// which costs a millisecond: a view is made when a statement first names it. One thread at a time;
// sessions and their streams share it, the last of them detaches it.
class AsOfCatalog {
 public:
  AsOfCatalog(Lake& lake, int64_t snapshot);
  ~AsOfCatalog();
  AsOfCatalog(const AsOfCatalog&) = delete;
  AsOfCatalog& operator=(const AsOfCatalog&) = delete;

  const std::string& name() const { return name_; }
  int64_t snapshot() const { return snapshot_; }
  bool has_schema(const std::string& schema) const;
  // Makes the views that the statement may read. Throws kInvalidArgument where it names the
  // database itself, whose tables are those of today.
  void prepare(const std::string& sql);
  void prepare_all();

 private:
  struct Relation {
    std::string schema;
    std::string name;
    std::string sql;  // of a view; empty: a table
    bool made = false;
  };

  void make(Relation& relation);
  void make_named_in(const std::string& folded_text);

  Lake& lake_;
  const int64_t snapshot_;
  const std::string name_;
  std::shared_ptr<engine::Connection> connection_;
  std::set<std::string> schemas_;  // folded
  std::vector<Relation> relations_;
};

}  // namespace hotload::lake
