// SPDX-License-Identifier: Apache-2.0
#include "lake/scrub.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>

#include "lake/catalog_files.h"
#include "lake/orphans.h"
#include "lake/relation.h"
#include "lake/staging.h"
#include "lake/unique_keys.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

// Makes the reader decode every value of every column of the relation that follows.
constexpr const char* kReadAll = "SELECT count(*), bool_or(hotload_decode(*COLUMNS(*))) FROM ";

std::string full_name(const std::string& schema, const std::string& table) {
  return schema + "." + table;
}

// Bytes of the Parquet footer as the file's end says, -1 when it does not end as Parquet.
int64_t footer_bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<unsigned char, 8> tail{};
  file.seekg(-8, std::ios::end);
  file.read(reinterpret_cast<char*>(tail.data()), tail.size());
  if (file.gcount() != 8 || std::string_view(reinterpret_cast<char*>(&tail[4]), 4) != "PAR1") {
    return -1;
  }
  return tail[0] | tail[1] << 8 | tail[2] << 16 | static_cast<int64_t>(tail[3]) << 24;
}

class Scrub {
 public:
  explicit Scrub(Lake& lake)
      : lake_(lake), reader_(lake.readers().enter()), connection_(lake.connect()) {}

  ScrubReport run();

 private:
  void find(const std::string& kind, const std::string& table, const std::string& detail) {
    report_.findings.push_back({kind, table, detail});
  }
  // Fixes what is checked: one snapshot, whatever is committed meanwhile.
  std::vector<CatalogFile> read_catalog();
  std::string table_then(const std::string& schema, const std::string& table) const;
  // Runs `check`; what the engine cannot read of the lake is a finding, not a failure of scrub.
  template <typename Check>
  void guarded(const std::string& table, const std::string& what, Check check);

  void check_file(const CatalogFile& file);
  void check_rows(const CatalogFile& file);
  void check_positions(const CatalogFile& file);
  void check_tables();
  int64_t inlined_rows(const std::string& table_id);
  void check_keys();
  void check_staging();
  void check_job(const Staging& staging, const Job& job);

  Lake& lake_;
  std::shared_ptr<void> reader_;  // nothing is deleted while we look
  std::shared_ptr<engine::Connection> connection_;
  ScrubReport report_;
  int64_t snapshot_ = 0;
  std::vector<engine::Row> tables_;           // schema, table, id
  std::map<int64_t, int64_t> rows_of_;        // by data file
  std::map<std::string, int64_t> live_rows_;  // by table
};

std::vector<CatalogFile> Scrub::read_catalog() {
  connection_->run("BEGIN");
  std::vector<CatalogFile> files = catalog_files(*connection_, lake_);
  snapshot_ =
      connection_->integer("SELECT max(snapshot_id) FROM " + lake_.metadata("ducklake_snapshot"));
  tables_ = connection_->rows(
      "SELECT s.schema_name, t.table_name, t.table_id FROM " + lake_.metadata("ducklake_table") +
      " t JOIN " + lake_.metadata("ducklake_schema") +
      " s USING (schema_id) WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL");
  connection_->run("COMMIT");
  return files;
}

std::string Scrub::table_then(const std::string& schema, const std::string& table) const {
  return lake_.table(schema, table) + " AT (VERSION => " + std::to_string(snapshot_) + ")";
}

template <typename Check>
void Scrub::guarded(const std::string& table, const std::string& what, Check check) {
  try {
    check();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kCanceled ||
        error.code() == ErrorCode::kExhausted) {
      throw;
    }
    find("unreadable", table, what + ": " + error.what());
  }
}

void Scrub::check_file(const CatalogFile& file) {
  const std::string table = full_name(file.schema, file.table);
  const std::string path = file.path.string();
  std::error_code error;
  const auto size = static_cast<int64_t>(fs::file_size(file.path, error));
  if (error) return find("missing_file", table, path + ": " + error.message());
  if (size != file.size_bytes) {
    find("footer", table,
         path + " has " + std::to_string(size) + " bytes, the catalog says " +
             std::to_string(file.size_bytes));
  }
  const int64_t footer = footer_bytes_of(file.path);
  if (footer < 0) return find("footer", table, path + " does not end as a Parquet file");
  if (file.footer_bytes > 0 && footer != file.footer_bytes) {
    find("footer", table,
         path + " has a footer of " + std::to_string(footer) + " bytes, the catalog says " +
             std::to_string(file.footer_bytes));
  }
  guarded(table, path, [&] { file.deletes ? check_positions(file) : check_rows(file); });
}

void Scrub::check_rows(const CatalogFile& file) {
  const std::string literal = model::quote_literal(file.path.string());
  const int64_t in_footer = connection_->integer(
      "SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata(" + literal + ")");
  if (in_footer != file.rows) {
    find("row_count", full_name(file.schema, file.table),
         file.path.string() + " has " + std::to_string(in_footer) + " rows, the catalog says " +
             std::to_string(file.rows));
  }
  connection_->rows(kReadAll + parquet_relation(file.path));
}

void Scrub::check_positions(const CatalogFile& file) {
  const std::string table = full_name(file.schema, file.table);
  const engine::Row row = connection_
                              ->rows(
                                  "SELECT count(*), count(DISTINCT pos), min(pos), max(pos) "
                                  "FROM " +
                                  parquet_relation(file.path))
                              .at(0);
  const int64_t count = std::stoll(row[0].value_or("0"));
  if (count != file.rows) {
    find("row_count", table,
         file.path.string() + " deletes " + std::to_string(count) + " rows, the catalog says " +
             std::to_string(file.rows));
  }
  if (row[1] != row[0]) {
    find("delete_range", table, file.path.string() + " deletes a row twice");
  }
  const auto rows = rows_of_.find(file.data_file_id);
  if (rows == rows_of_.end()) {
    return find("delete_range", table,
                file.path.string() + " deletes from a file that is not there");
  }
  if (count > 0 && (std::stoll(row[2].value_or("-1")) < 0 ||
                    std::stoll(row[3].value_or("-1")) >= rows->second)) {
    find("delete_range", table,
         file.path.string() + " deletes rows beyond the " + std::to_string(rows->second) +
             " of its data file");
  }
}

// Rows less deletes that lie in the catalog itself. We put none there, other programs do.
int64_t Scrub::inlined_rows(const std::string& table_id) {
  const std::string then = std::to_string(snapshot_);
  const std::string live =
      "begin_snapshot <= " + then + " AND (end_snapshot IS NULL OR end_snapshot > " + then + ")";
  int64_t rows = 0;
  for (const engine::Row& row : connection_->rows("SELECT table_name FROM " +
                                                  lake_.metadata("ducklake_inlined_data_tables") +
                                                  " WHERE table_id = " + table_id)) {
    rows += connection_->integer("SELECT count(*) FROM " + lake_.metadata(row[0].value_or("")) +
                                 " WHERE " + live);
  }
  try {
    rows -= connection_->integer(
        "SELECT count(*) FROM " + lake_.metadata("ducklake_inlined_delete_" + table_id) +
        " WHERE begin_snapshot <= " + then + " AND file_id IN (SELECT data_file_id FROM " +
        lake_.metadata("ducklake_data_file") + " WHERE " + live + ")");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;  // the table comes with the first such delete
  }
  return rows;
}

// Through the engine, as a query reads: what it makes of all files together.
void Scrub::check_tables() {
  for (const engine::Row& row : tables_) {
    const std::string schema = row[0].value_or("");
    const std::string name = row[1].value_or("");
    const std::string table = full_name(schema, name);
    ++report_.tables;
    guarded(table, "the table as a whole", [&] {
      const int64_t expected = live_rows_[table] + inlined_rows(row[2].value_or(""));
      const std::string sql = "SELECT count(*), count(COLUMNS(*)) FROM " + table_then(schema, name);
      const int64_t found = std::stoll(connection_->rows(sql).at(0)[0].value_or("0"));
      report_.rows += found;
      if (found == expected) return;
      find("row_count", table,
           "a query finds " + std::to_string(found) + " rows, the catalog says " +
               std::to_string(expected));
    });
  }
}

void Scrub::check_keys() {
  for (const UniqueKey& key : unique_keys(*connection_, lake_, snapshot_)) {
    std::string columns;
    std::string present;
    for (const std::string& column : key.columns) {
      columns += (columns.empty() ? "" : ", ") + model::quote_identifier(column);
      present +=
          (present.empty() ? "" : " AND ") + model::quote_identifier(column) + " IS NOT NULL";
    }
    const std::string table = full_name(key.schema, key.table);
    try {
      const int64_t doubled = connection_->integer(
          "SELECT count(*) FROM (SELECT 1 FROM " + table_then(key.schema, key.table) + " WHERE " +
          present + " GROUP BY " + columns + " HAVING count(*) > 1)");
      if (doubled == 0) continue;
      find("duplicate_key", table,
           std::to_string(doubled) + " keys (" + columns + ") have more than one row");
    } catch (const Error& error) {
      // Dropped or renamed since, table or column: nothing is promised of it any more. What is
      // unreadable was found with its file.
      if (error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kCanceled) throw;
    }
  }
}

void Scrub::check_job(const Staging& staging, const Job& job) {
  const std::string table = full_name(staging.key().schema, job.table);
  for (const JobFile& file : job.files) {
    const fs::path path = staging.jobs_folder() / file.name;
    if (!fs::exists(path)) {
      find("missing_file", table, path.string() + " of staged load " + staging.key().load_id);
      continue;
    }
    guarded(table, path.string() + " of staged load " + staging.key().load_id, [&] {
      const engine::Row row = connection_->rows(kReadAll + parquet_relation(path)).at(0);
      if (std::stoll(row[0].value_or("0")) == file.rows) return;
      find("row_count", table,
           path.string() + " of staged load " + staging.key().load_id + " has " +
               row[0].value_or("0") + " rows, " + std::to_string(file.rows) + " were staged");
    });
  }
}

void Scrub::check_staging() {
  std::vector<PendingLoad> loads;
  guarded("", lake_.staging_folder().string(),
          [&] { loads = Staging::list(lake_.staging_folder()); });
  for (const PendingLoad& load : loads) {
    guarded("", "staged load " + load.key.load_id, [&] {
      const std::shared_ptr<Staging> staging = lake_.staging(load.key);
      std::unique_lock lock(staging->commit_mutex(), std::try_to_lock);
      if (!lock) return;  // being committed
      for (const Job& job : staging->jobs()) check_job(*staging, job);
    });
  }
}

ScrubReport Scrub::run() {
  const std::vector<CatalogFile> files = read_catalog();
  std::set<int64_t> live;
  for (const CatalogFile& file : files) {
    ++report_.files;
    if (file.deletes) continue;
    rows_of_[file.id] = file.rows;
    if (file.live) live.insert(file.id);
  }
  // Two deletes of one transaction that take a whole file leave the first's positions behind,
  // live in name: they count no more than the file does.
  for (const CatalogFile& file : files) {
    if (!file.live || !live.contains(file.data_file_id)) continue;
    live_rows_[full_name(file.schema, file.table)] += file.deletes ? -file.rows : file.rows;
  }
  for (const CatalogFile& file : files) check_file(file);
  check_tables();
  check_keys();
  check_staging();
  const int64_t grace = MaintenanceOptions{}.grace_seconds;
  for (const Orphan& orphan : orphaned_files(*connection_, lake_, grace)) {
    find("orphan", "", orphan.path.string() + " belongs to no snapshot; maintenance removes it");
  }
  return std::move(report_);
}

}  // namespace

ScrubReport scrub_lake(Lake& lake) { return Scrub(lake).run(); }

}  // namespace hotload::lake
