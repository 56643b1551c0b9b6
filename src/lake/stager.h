// SPDX-License-Identifier: Apache-2.0
// Turns what is handed in (a Parquet, jsonl or CSV file, an Arrow stream) into a staged job:
// Parquet of the table's types, checked so that the commit may adopt it. One stager a call.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "hotload/load.h"
#include "lake/relation.h"
#include "lake/staging.h"

namespace hotload::lake {

// What a table's staged files must look like.
struct StageTarget {
  std::string table;
  std::vector<Column> columns;  // empty: taken from what comes
};

class Stager {
 public:
  Stager(std::shared_ptr<engine::Connection> connection, const Staging& staging, StageTarget target,
         std::string job_id);
  ~Stager();  // removes what is left of a job that did not come to be

  Job stage_file(const std::string& path, const StageOptions& options);
  Job stage_stream(ArrowStream stream);
  // Of a file: the types in which the lake would keep it.
  std::vector<Column> columns_of(const std::string& path, const StageOptions& options);
  // The columns of the target, as given or as found.
  const std::vector<Column>& columns() const { return target_.columns; }

 private:
  // Calls `read` with the file linked as file("source"); what it throws names the caller's file.
  template <typename Read>
  auto with_source(const std::string& path, const StageOptions& options, Read read);
  // Throws what is known of the fault: of the source, or of the lake's disk when that is full.
  [[noreturn]] void fail(const Error& error, ErrorCode code, const std::string& message) const;
  fs::path file(const std::string& suffix) const;
  Job stage_parquet(const std::string& path);
  // Calls `read`, which reads file("source") as text, and returns what it does only when the file
  // is whole.
  template <typename Read>
  auto with_whole_text(Read read);
  // Of integers that are no whole numbers of 53 bits the text tells what they are.
  Job stage_text(const StageOptions& options);
  Job stage_text(const StageOptions& options, JsonIntegers integers);
  // Of a blank text file: no rows of the target's columns.
  Job stage_nothing();
  // Writes `query`, whose columns are the target's, as one or several Parquet files.
  std::vector<JobFile> write(const std::string& query);
  // Reads a file once: checks NOT NULL, looks for NaN. Of a file that the engine did not write just
  // now (kForeign), decodes every page of every column, which also checks UTF-8.
  enum class Origin { kForeign, kOwn };
  struct Findings {
    int64_t rows = 0;
    bool nan = false;
    std::vector<std::string> no_null;
  };
  Findings read_through(const fs::path& parquet, const std::vector<Column>& columns, Origin origin);
  // Throws kConstraint for the first of the columns `required` that holds NULL.
  void name_null_column(const fs::path& parquet, const std::string& required);
  // Refuses what would harm the engine. Returns whether the engine reads an adopted file as it is:
  // it takes times of day in milliseconds for integers there; and where a column of a row group
  // does not say its range, it takes that for none and prunes the file's rows.
  bool check_footer(const std::string& parquet);
  void adopt_columns(const std::vector<Column>& found);
  // "from 'x.parquet' (job j of table t)", for messages.
  std::string where() const;

  std::shared_ptr<engine::Connection> connection_;
  const Staging& staging_;
  StageTarget target_;
  const std::string job_id_;
  const std::string prefix_;
  std::string source_name_;  // of what was handed in, for messages
  bool done_ = false;
};

}  // namespace hotload::lake
