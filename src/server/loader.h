// SPDX-License-Identifier: Apache-2.0
// Loads of the API, as loads of a database: one commit each, exactly once for an upload and its
// target, one at a time for a table.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "api/loads.h"
#include "server/claims.h"
#include "server/databases.h"
#include "server/results.h"
#include "server/slots.h"
#include "server/uploads.h"

namespace hotload::server {

struct LoadTarget {
  std::string database_id;
  std::string schema;
  std::string table;
};

// What the API says of columns.
boost::json::array columns_json(const std::vector<Column>& columns);

// "db1/schema.table"
std::string table_id(const LoadTarget& target);

class Loader {
 public:
  Loader(Databases& databases, Uploads& uploads, Results& results, Journal& journal, Slots& slots,
         std::filesystem::path scratch);

  // Throws what is wrong with the request before anything is begun.
  void check(const LoadTarget& target, const api::LoadRequest& request) const;
  // Returns when it is committed.
  api::LoadReceipt run(const LoadTarget& target, const api::LoadRequest& request);
  // What an earlier, equal request has done, unless its table was dropped since. A Failure of 409
  // when its upload or key was another request's.
  std::optional<api::LoadReceipt> receipt(const LoadTarget& target,
                                          const api::LoadRequest& request) const;
  // Equal for requests that are the same load; empty for one that is repeated by nobody.
  std::string name_of(const LoadTarget& target, const api::LoadRequest& request) const;
  // Drops the table and its declaration when no load of it runs.
  void drop(const LoadTarget& target);
  // A file of nobody's, for a moment: it is gone after a restart.
  std::filesystem::path scratch_path() const;
  // When the table was last loaded; empty: before anybody wrote it down.
  std::string last_sync(const LoadTarget& target) const;
  void forget_receipts_before(const std::string& time);

 private:
  struct Source;

  // The id of its load: that under which it was begun before, or a new one. It is kept.
  std::string begin(const LoadTarget& target, const api::LoadRequest& request);
  // Whether a load that was begun is committed; it can be no more when it is not.
  bool settle(const boost::json::value& begun);
  bool is_dropped_since(const LoadTarget& target, int64_t snapshot) const;
  Source open_source(const api::LoadRequest& request) const;
  std::vector<Column> batch_columns(Load& load, const api::LoadRequest& request,
                                    Source& source) const;
  void stage(Load& load, Database& database, const LoadTarget& target,
             const api::LoadRequest& request, Source& source) const;
  api::LoadReceipt record(Database& database, const LoadTarget& target,
                          const api::LoadRequest& request, const Receipt& committed) const;
  std::shared_ptr<std::mutex> table_mutex(const LoadTarget& target);

  Databases& databases_;
  Uploads& uploads_;
  Results& results_;
  Journal& journal_;
  Slots& slots_;
  const std::filesystem::path scratch_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<std::mutex>> tables_;
  Claims running_;  // sources: see source_of
};

}  // namespace hotload::server
