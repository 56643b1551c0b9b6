// SPDX-License-Identifier: Apache-2.0
// The commit of one load: gathers what is staged and live, has the planner make steps, runs them
// in one transaction and writes the receipt with them. One commit an object.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "lake/lake.h"
#include "lake/staging.h"
#include "lake/tables.h"
#include "lake/transaction.h"
#include "plan/plan.h"

namespace hotload::lake {

class Commit {
 public:
  Commit(Lake& lake, Staging& staging) : lake_(lake), staging_(staging) {}

  // Returns the receipt of an earlier commit of the same key if there is one.
  Receipt run();
  // Publishes new tables and nullable columns, and rows with them. False: drops are pending.
  bool publish_schema(const std::vector<RowInsert>& rows);

 private:
  plan::Input gather(engine::Connection& connection, bool with_files);
  // None when drops are pending.
  std::optional<std::vector<plan::Step>> schema_steps(engine::Connection& connection,
                                                      const std::vector<RowInsert>& rows);
  std::map<std::string, plan::StagedFacts> find_facts(engine::Connection& connection,
                                                      const plan::Input& input);
  int64_t schema_version(engine::Connection& connection) const;
  void widen(const std::shared_ptr<engine::Connection>& connection, int64_t version);
  void prepare(engine::Connection& connection);
  Receipt publish(Transaction& transaction);
  // Whether the engine itself may write rows with NaN in them.
  bool may_write_nan() const;
  // Runs the load's own SQL. Returns the tables that it may have written to.
  std::set<std::string> run_sql(Transaction& transaction);
  void run_step(engine::Connection& connection, const plan::Step& step);
  void count(const plan::Step& step, int64_t rows);
  void adopt(engine::Connection& connection, const plan::Step& step);
  void adopt_file(engine::Connection& connection, const plan::Step& step, const fs::path& file,
                  int64_t rows);
  // Whether a file has every column of the table, with every field. The engine takes a column that
  // an adopted file lacks for one without NULL, and then prunes the rows of that file.
  bool is_complete(const std::string& table, const std::vector<Column>& columns) const;
  // Whether a column that became NOT NULL since the rows were staged has a NULL in the file: the
  // engine adopts such a file as it is, and refuses to insert it.
  bool holds_forbidden_null(engine::Connection& connection, const plan::Step& step) const;
  // Whether this commit wrote the file, rather than a job.
  bool made_here(const fs::path& file) const;
  // Where adopted files of a table go; nullopt when nobody can know before the commit.
  std::optional<fs::path> folder_for(const std::string& table);
  // Has the engine write the rows of a file that cannot be adopted.
  void insert_file(engine::Connection& connection, const plan::Step& step, int64_t rows);

  Lake& lake_;
  Staging& staging_;
  std::shared_ptr<const Intent> intent_;  // as it was when the input was gathered
  plan::Plan plan_;
  std::map<std::string, int64_t> written_rows_;  // of the plan's own files, by path
  std::optional<TableFolders> table_folders_;
  std::set<std::string> partitioned_;  // folded names of tables whose files cannot be adopted
  std::map<std::string, TableReceipt> tables_;
  std::map<std::string, int64_t> replaced_;                 // rows that an upsert deleted
  std::map<std::string, std::optional<fs::path>> folders_;  // of adopted files, by table
  int next_file_ = 0;
};

}  // namespace hotload::lake
