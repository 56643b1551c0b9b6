// SPDX-License-Identifier: Apache-2.0
// What one load keeps on disk before its commit: its intent (tables, drops, rows, SQL) and its
// staged job files. Every change is synced before the call returns, so a new process continues it.
//   STAGING/LOAD/load.json      the intent, replaced atomically
//   STAGING/LOAD/jobs/H.json    one staged job; written last, it makes the job count
//   STAGING/LOAD/jobs/H-*.parquet   its typed files
//   STAGING/LOAD/scratch/       files of a commit under way
// Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hotload/database.h"
#include "hotload/load.h"
#include "lake/files.h"

namespace hotload::lake {

// One typed Parquet file of a job.
struct JobFile {
  std::string name;  // within jobs/
  int64_t rows = 0;
  int64_t size_bytes = 0;
  std::vector<Column> columns;
  bool nan = true;                   // a float may be NaN
  std::vector<std::string> no_null;  // columns that were looked through and hold no NULL
};

struct Job {
  std::string table;
  std::string job_id;
  std::vector<JobFile> files;
  int64_t order = 0;       // among the load's jobs, as they were staged
  bool delivered = false;  // the file is as it was handed in: it can be adopted unchanged

  int64_t rows() const;
  int64_t size_bytes() const;
};

struct Intent {
  LoadKey key;
  std::map<std::string, TableSpec> specs;
  std::vector<std::string> drops;
  std::vector<std::string> truncations;
  std::vector<RowDelete> deletes;
  std::vector<RowInsert> inserts;
  std::vector<SqlJob> sql;
  bool outer_sql = false;  // some of it came from outside: all passes the gate
};

class Staging {
 public:
  static std::shared_ptr<Staging> open(const fs::path& staging_folder, const LoadKey& key);
  // The loads that lie in a staging folder, by their own word.
  static std::vector<PendingLoad> list(const fs::path& staging_folder);
  static std::string folder_name(const LoadKey& key);
  // Whether a folder of the staging area is a load, rather than what a crash left of one.
  static bool holds_load(const fs::path& folder);

  Staging(fs::path folder, LoadKey key);

  const LoadKey& key() const { return key_; }
  const fs::path& folder() const { return folder_; }
  fs::path jobs_folder() const { return folder_ / "jobs"; }
  fs::path scratch_folder() const { return folder_ / "scratch"; }

  std::shared_ptr<const Intent> intent() const;
  // Makes the load exist on disk, with an empty intent, if it does not.
  void begin();
  // Applies `change` to the intent and writes it.
  template <typename Change>
  void update(Change change) {
    std::lock_guard lock(mutex_);
    auto next = std::make_shared<Intent>(*intent_);
    change(*next);
    write(*next);
    intent_ = std::move(next);
  }

  // In the order in which they were staged.
  std::vector<Job> jobs() const;
  std::optional<Job> job(const std::string& table, const std::string& job_id) const;
  // The start of the names of that job's files.
  static std::string job_prefix(const std::string& table, const std::string& job_id);
  // Makes the job count; its files are synced here.
  void add(Job job);
  // Removes the load from disk and from here.
  void clear();

  // Held by a commit: a load commits once at a time.
  std::mutex& commit_mutex() { return commit_mutex_; }

 private:
  void read();
  void write(const Intent& intent);
  void make_folder() const;

  const fs::path folder_;
  const LoadKey key_;
  mutable std::mutex mutex_;              // guards what follows
  std::shared_ptr<const Intent> intent_;  // replaced, never changed
  std::map<std::string, Job> jobs_;       // by prefix
  int64_t next_order_ = 0;
  std::mutex commit_mutex_;
};

}  // namespace hotload::lake
