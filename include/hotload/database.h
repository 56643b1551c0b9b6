// SPDX-License-Identifier: Apache-2.0
// One managed database: schemas, tables, loads, queries, history.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hotload/arrow.h"
#include "hotload/changes.h"
#include "hotload/load.h"
#include "hotload/types.h"

namespace hotload {

// A value bound to `$1`, `$2`, ... of a statement. Other types: bind text and CAST($n AS T).
using Parameter =
    std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<uint8_t>>;

class Database;

// Another database of the same workspace that a restricted session may read.
struct Attachment {
  std::string catalog;  // the name by which statements call it
  std::shared_ptr<Database> database;
};

struct SessionOptions {
  std::string schema;      // where names without a schema resolve; empty: the default schema
  bool read_only = false;  // refuse what is not a query
  // Reads every table as it was: a load id (right after that load), the number of a snapshot, or
  // an ISO 8601 time; empty: now. The session is read-only then, and names tables as schema.table.
  // Opening it throws kNotFound for what never was, kExpired for what lies before the retention.
  std::string as_of = {};
  // For SQL from outside: one statement at a time, by functions from a list that is known to be
  // harmless. It sees this database and the attachments; no file, network, setting, extension,
  // table of hotload's own or other database. Unless the session is read-only it also takes INSERT,
  // UPDATE, DELETE, and CREATE, ALTER and DROP of schemas, tables and views in this database, in
  // transactions too. What is refused throws kPermission, what cannot be read kInvalidArgument, a
  // table that is not there kNotFound ("... does not exist").
  bool restricted = false;
  // The name by which statements of a restricted session call this database ("default"), besides
  // none at all. A name without schema means `schema` ("main" when empty); in an attachment "main".
  std::string catalog = {};
  std::vector<Attachment> attachments = {};
};

// A connection for SQL. One thread at a time, except interrupt(). Statements that write pass the
// same door as loads: one writer a database. Two-part names are schema.table of this database.
class Session {
 public:
  virtual ~Session() = default;

  // Runs one or more statements and streams the last one's rows; `rows_changed` is filled for
  // INSERT, UPDATE, DELETE. The stream keeps the session's snapshot alive, and outlives it.
  virtual ArrowStream query(const std::string& sql, const std::vector<Parameter>& parameters) = 0;
  // Rows changed by the last statement, -1 when it was a query.
  virtual int64_t rows_changed() const = 0;
  // Writes the rows as one Parquet file (zstd), which appears under `path` when it is complete;
  // returns their number. It takes no more memory than a row group.
  virtual int64_t write_parquet(ArrowStream rows, const std::string& path) = 0;
  virtual void begin() = 0;
  virtual void commit() = 0;
  virtual void rollback() = 0;
  virtual bool in_transaction() const = 0;
  // Ends the running statement with kCanceled. From any thread.
  virtual void interrupt() = 0;
};

struct PendingLoad {
  LoadKey key;
  int64_t jobs = 0;
  int64_t size_bytes = 0;
  std::string touched_at;  // ISO 8601 UTC
};

struct ScrubFinding {
  std::string kind;   // "missing_file", "row_count", "footer", "duplicate_key", "delete_range",
                      // "orphan", "unreadable"
  std::string table;  // schema.table; empty when it concerns no table
  std::string detail;
};

struct ScrubReport {
  int64_t tables = 0;
  int64_t files = 0;
  int64_t rows = 0;
  std::vector<ScrubFinding> findings;  // empty: nothing is wrong
};

struct MaintenanceOptions {
  bool compact = true;
  bool sweep = true;
  bool dry_run = false;
  // Snapshots older than this go, except the newest; none: all are kept.
  std::optional<int64_t> retention_seconds;
  int64_t grace_seconds = 3600;  // unowned files younger than this stay
};

struct MaintenanceReport {
  int64_t tables_compacted = 0;
  int64_t files_merged = 0;
  int64_t orphans_removed = 0;
  int64_t bytes_freed = 0;
  int64_t snapshots_expired = 0;
  int64_t loads_expired = 0;
};

// Thread-safe.
class Database {
 public:
  virtual ~Database() = default;

  virtual std::string name() const = 0;
  // What tells it from others for good: on a server its id there, in a folder its name.
  virtual std::string id() const = 0;
  virtual std::vector<std::string> list_schemas() = 0;
  virtual void create_schema(const std::string& schema) = 0;  // no error when it is there
  virtual void drop_schema(const std::string& schema) = 0;    // with all its tables
  virtual bool has_schema(const std::string& schema) = 0;
  // With row counts, files and sizes. Tables of hotload's own are left out.
  virtual std::vector<TableInfo> list_tables(const std::string& schema) = 0;
  // Columns alone, cheap. nullopt when there is no such table.
  virtual std::optional<std::vector<Column>> columns(const std::string& schema,
                                                     const std::string& table) = 0;

  // Opens the load of that key: new, pending from before, or committed.
  virtual std::unique_ptr<Load> open_load(const LoadKey& key, const LoadOptions& options) = 0;
  std::unique_ptr<Load> open_load(const LoadKey& key) { return open_load(key, {}); }
  virtual std::vector<PendingLoad> pending_loads() = 0;
  // Committed loads, newest first; limit 0 means all.
  virtual std::vector<Receipt> history(int64_t limit) = 0;

  virtual std::unique_ptr<Session> open_session(const SessionOptions& options) = 0;
  // A session for one query.
  virtual ArrowStream query(const std::string& sql) = 0;

  // What happened to tables, oldest first.
  virtual std::vector<TableEvent> table_events(const Span& span) = 0;
  // Rows that loads and statements changed, load by load: `_change` ("insert", "update_before" and
  // "update_after" one after the other, "delete"), `_snapshot`, `_load_id` (NULL: no load), then
  // the columns as they are at the end. Rows of one merge key are an update; without a key it is
  // delete and insert. What is the same before and after a load is left out. Of a table that was
  // dropped and made again only the last one's rows are told: see table_events. An empty `since`
  // gives the rows at the end, each an insert. Throws kNotFound when there is no such table at the
  // end.
  virtual ArrowStream changes(const std::string& schema, const std::string& table,
                              const Span& span) = 0;
  // The net change of all tables.
  virtual DatabaseDiff diff(const Span& span) = 0;
  // Its rows of one table: `_change` as above, then the columns.
  virtual ArrowStream diff_rows(const std::string& schema, const std::string& table,
                                const Span& span) = 0;
  // Takes a load back in a commit of its own, whose receipt bears the load id "undo:" + load_id:
  // rows are as before it, tables and columns that it added stay, a dlt pipeline's state becomes
  // that of before, in a newer version. Rows that later loads wrote stay. Throws
  // kFailedPrecondition, and says why, when a later load touched the same rows or changed or
  // dropped the table. Undoing a load again returns the same receipt.
  virtual Receipt undo(const std::string& load_id) = 0;

  // Checks that what the catalog says is what lies on disk. Reads every file.
  virtual ScrubReport scrub() = 0;
  virtual MaintenanceReport maintain(const MaintenanceOptions& options) = 0;
};

}  // namespace hotload
