// SPDX-License-Identifier: Apache-2.0
// A load turned into ordered steps. Pure: values in, text out, no I/O. The lake gathers the input
// (what is staged, what is live), calls make_plan() and executes the steps in their order.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hotload/load.h"
#include "hotload/types.h"

namespace hotload::plan {

// One typed Parquet file in staging. Files of a table lie in the order in which they were staged.
struct StagedInput {
  std::string path;
  int64_t rows = 0;
  int64_t size_bytes = 0;
  std::vector<Column> columns;  // names and types as they are in the file
  bool delivered = false;       // it is as it was handed in, rather than converted
};

// What must be known of a table's staged rows before planning: fact_queries() asks it.
struct StagedFacts {
  bool duplicate_keys = false;  // a primary key (nested tables: a row key) occurs twice
  bool hard_deletes = false;    // a row deletes its key
};

struct Input {
  std::string catalog;  // of the attached lake: tables are "catalog"."schema"."table"
  std::string schema;
  std::string scratch_dir;       // steps may write files here, by names that the planner chooses
  std::string load_time;         // ISO 8601 UTC; the boundary of SCD2 where the spec gives none
  int64_t adopt_from_bytes = 0;  // a table's staged files of fewer bytes are inserted
  std::map<std::string, TableSpec> specs;
  std::map<std::string, std::vector<Column>> live;  // the schema's tables as they are
  std::map<std::string, std::vector<StagedInput>> staged;
  // By table. Where it is missing the worst is assumed: the plan is right and does more.
  std::map<std::string, StagedFacts> facts;
  std::vector<std::string> drops;
  std::vector<std::string> truncations;
  std::vector<RowDelete> deletes;
  std::vector<RowInsert> inserts;
};

// How a step, and the number of rows that it changes, enters the table's receipt.
enum class Count {
  kNone,
  kInserted,
  kDeleted,
  kReplaced,   // deleted here and inserted again by a later step: an update. More rows may go than
               // come again where the target holds a key twice
  kUpdated,    // changed in place: an update
  kTruncated,  // deleted, and the table counts as truncated
  kCreated,
  kDropped,
};

enum class StepKind {
  kSql,      // run `sql` in the load's transaction
  kSchema,   // the same: it makes, alters or drops a table. These come before all others
  kRewrite,  // write all rows of `table` anew, with the types of `columns` for those
  kWrite,    // run the query `sql` and write its rows to the Parquet file `path`
  kAdopt,    // make the file `path` a data file of `table` (the executor inserts its rows instead
             // where statistics of the file would not hold, as with NaN); an empty file is skipped
};

struct Step {
  StepKind kind = StepKind::kSql;
  std::string table;
  std::string sql;
  std::string path;
  Count count = Count::kNone;
  bool adopted = false;  // kAdopt: the file is as it was delivered, for the receipt
  int64_t rows = -1;     // kAdopt: of the file; -1: as many as a kWrite of this plan wrote there
  std::vector<Column> columns = {};  // kAdopt: of the file; kRewrite: those that change
};

struct Plan {
  // Run first, in a transaction of their own: the engine loses a table's statistics when one
  // transaction widens a column and adds rows. Where there are any, plan again after them.
  // kSchema and kRewrite.
  std::vector<Step> widen;
  // Run before the load's transaction, beside other writers: they read staged files alone
  // (deduplication, joining of small files). kWrite only.
  std::vector<Step> prepare;
  // Run between BEGIN and COMMIT, alone in the lake.
  std::vector<Step> publish;
  // By name, the columns of each table of the load as they are when its rows come.
  std::map<std::string, std::vector<Column>> columns;
};

// Throws kInvalidArgument or kUnsupported for specs that make no sense by themselves or together
// (a merge column that is not declared, a parent without spec, an upsert without primary key).
void check_specs(const std::map<std::string, TableSpec>& specs);

// Queries that find the facts of an input, by table: each gives one row of two booleans in the
// order of StagedFacts. They read staged files alone. Tables that need none are left out.
std::map<std::string, std::string> fact_queries(const Input& input);

// Throws kTypeMismatch where a column can neither be kept nor widened, kInvalidArgument for specs
// that contradict each other, kConstraint where staged files lack a NOT NULL column. The steps
// hold for the live tables of `input` alone: when these change before the publish, plan again.
Plan make_plan(const Input& input);

// The steps that publish_schema() runs: new tables, new nullable columns, and the input's inserts.
std::vector<Step> make_schema_plan(const Input& input);

}  // namespace hotload::plan
