// SPDX-License-Identifier: Apache-2.0
// One load: files staged under job ids, then one atomic commit over all its tables.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hotload/arrow.h"
#include "hotload/types.h"

namespace hotload {

enum class Disposition { kAppend, kReplace, kMerge };
enum class MergeStrategy { kDeleteInsert, kUpsert, kInsertOnly, kScd2, kCdc };
enum class FileFormat { kParquet, kJsonl, kCsv };

// Slowly changing dimension, type 2. Empty times mean: no marker (NULL), the load's own time.
struct Scd2Options {
  std::string valid_from = "_dlt_valid_from";
  std::string valid_to = "_dlt_valid_to";
  std::string row_version = "_dlt_id";  // the column whose value changes when a row does
  std::string boundary;                 // ISO 8601 UTC: end of old versions, start of new ones
  std::string active_marker;            // ISO 8601 UTC: valid_to of active rows instead of NULL
};

struct SortColumn {
  std::string column;
  bool descending = false;
};

// How one table takes part in a load. Columns that the table has and this does not name stay and
// become NULL in new rows. Names are used as given: quoting is hotload's work.
struct TableSpec {
  std::string name;
  std::vector<Column> columns;
  Disposition disposition = Disposition::kAppend;
  MergeStrategy strategy = MergeStrategy::kDeleteInsert;  // of kMerge

  // Root of a chain: rows match when all of primary_key are equal, or all of merge_key are.
  std::vector<std::string> primary_key;
  std::vector<std::string> merge_key;
  // Of staged rows with one primary key the first in this order wins. Empty: the last staged.
  std::vector<SortColumn> dedup_sort;
  bool deduplicated = false;  // the caller vouches that staged primary keys are unique
  // A staged row whose column is true (BOOLEAN) or not NULL (any other type) deletes its key.
  std::string hard_delete;
  Scd2Options scd2;
  // SQL conditions in the engine's dialect; empty: none. Of the staged rows only those count that
  // source_filter names, a condition on their columns, which may ask {table}. destination_scope
  // says over {table} / {staging_table} which rows of the table go.
  std::string source_filter;
  std::string destination_scope;
  bool skip_unchanged = false;
  // Upsert, CDC: a row that is replaced keeps its values in columns that no spec declares.
  bool keep_undeclared = false;

  // Nested table: `parent` names another spec of the load. Keys say which rows belong together.
  std::string parent;
  std::string row_key;     // unique key of a row ("_dlt_id")
  std::string parent_key;  // row_key of the parent's row ("_dlt_parent_id")
  std::string root_key;    // row_key of the root's row ("_dlt_root_id"); empty: walk the parents

  // Layout, applied when the table is created (and to new data when it changes).
  std::vector<PartitionField> partition;
  std::vector<SortColumn> sort;
};

struct StageOptions {
  FileFormat format = FileFormat::kParquet;
  // The file is never changed in place after this call (dlt's job files): it may be hard-linked.
  // Otherwise it is copied.
  bool immutable = false;
  // Columns of the file that hold times of day as orjson writes them, with zeros left out.
  bool orjson_times = false;
  // CSV: the separator, and whether the first line names the columns.
  char csv_delimiter = ',';
  bool csv_header = true;
};

struct StagedFile {
  std::string table;
  std::string job_id;
  int64_t rows = 0;
  int64_t size_bytes = 0;  // of the typed Parquet that lies in staging
  bool adoptable = false;  // the commit takes it as it is

  bool operator==(const StagedFile&) const = default;
};

// A literal row for small tables (dlt's own): column, value as text or none for NULL. Values are
// cast to the column's type.
struct RowInsert {
  std::string table;
  std::vector<std::string> columns;
  std::vector<std::optional<std::string>> values;

  bool operator==(const RowInsert&) const = default;
};

// Rows of `table` whose `column` has `value` go, before any row comes.
struct RowDelete {
  std::string table;
  std::string column;
  std::string value;

  bool operator==(const RowDelete&) const = default;
};

// Statements that belong to a load, separated by semicolons. Plain names are of the load's schema.
struct SqlJob {
  std::string job_id;
  std::string sql;

  bool operator==(const SqlJob&) const = default;
};

struct LoadOptions {
  // For loads from outside: the conditions of declarations read no relation but their placeholders,
  // by functions from a list that is known to be harmless. Others throw kPermission.
  bool restricted = false;
};

// Thread-safe: any number of threads may stage at once. What is staged or intended is on disk,
// synced, before the call returns, and survives the process: opening the load again under the
// same key continues it.
class Load {
 public:
  virtual ~Load() = default;

  virtual const LoadKey& key() const = 0;
  // The receipt when this load is committed already, by this process or an earlier one. Staging
  // into a committed load does nothing.
  virtual std::optional<Receipt> receipt() = 0;

  // Declares tables (again): replaces earlier specs of the same names. Throws kInvalidArgument
  // for a spec that makes no sense (a merge column that is not declared, a parent without spec).
  virtual void declare(const std::vector<TableSpec>& specs) = 0;
  // Creates the declared tables and their new nullable columns now, visible before the commit,
  // and `rows` with them. With drops pending nothing is published: all waits for the commit.
  // Returns whether it was published.
  virtual bool publish_schema(const std::vector<RowInsert>& rows) = 0;

  virtual void drop_tables(const std::vector<std::string>& tables) = 0;
  virtual void truncate_tables(const std::vector<std::string>& tables) = 0;
  virtual void delete_rows(const std::vector<RowDelete>& deletes) = 0;
  virtual void insert_rows(const std::vector<RowInsert>& rows) = 0;
  // The job's statements run within the commit, after all rows and in the order of these calls;
  // the same job id again keeps one. Queries, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP may be.
  // Throws kInvalidArgument or kPermission for what can be told before the commit.
  virtual void run_sql(const SqlJob& job) = 0;

  // Checks the file, converts it where it cannot be adopted, and keeps it under (table, job_id).
  // Staging a job twice keeps one. The table must be declared or exist. Throws kBadFile,
  // kTypeMismatch or kConstraint for what is wrong with the file; nothing of it stays then.
  virtual StagedFile stage_file(const std::string& table, const std::string& job_id,
                                const std::string& path, const StageOptions& options) = 0;
  // The same from Arrow batches; consumes the stream with bounded memory.
  virtual StagedFile stage_stream(const std::string& table, const std::string& job_id,
                                  ArrowStream stream) = 0;
  virtual std::vector<StagedFile> staged() = 0;
  // The columns that a table would get which is made of this file alone; stages nothing.
  virtual std::vector<Column> file_columns(const std::string& path,
                                           const StageOptions& options) = 0;

  // Publishes everything in one transaction. A commit that throws may have happened when the
  // code is kUnavailable, kIo or kInternal: commit again, which returns the receipt if so.
  virtual Receipt commit() = 0;
  // Forgets the load and its files. Does nothing to a committed load.
  virtual void abort() = 0;
};

}  // namespace hotload
