// SPDX-License-Identifier: Apache-2.0
// What the lake's tests share: a lake in a temporary folder, files to load into it, results as
// text. For tests alone.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/connection.h"
#include "engine/instance.h"
#include "hotload/workspace.h"
#include "lake/catalog_files.h"
#include "lake/files.h"
#include "lake/lake.h"
#include "lake/root.h"

namespace hotload::lake {

// The code with which `run` fails; the test fails when it does not.
template <typename Run>
ErrorCode code_of(Run run) {
  try {
    run();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kInternal;
}

template <typename Run>
std::string message_of(Run run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

class LakeTest : public ::testing::Test {
 protected:
  LakeTest() {
    make_directories(folder_ / "in");
    options_.auto_maintenance = false;
    options_.adopt_from_bytes = 0;  // what the tests load is small
    options_.lock_timeout_ms = 20'000;
  }
  ~LakeTest() override {
    db_.reset();
    workspace_.reset();
    close_idle_workspaces();
    remove_quietly(folder_);
  }

  fs::path root_folder() const { return folder_ / "lake"; }
  // Opens the workspace, and the database "main" in it, with the options as they are now.
  Database& open() {
    db_.reset();
    workspace_.reset();
    close_idle_workspaces();
    workspace_ = open_workspace(root_folder().string(), options_);
    db_ = workspace_->open_or_create_database(kDefaultDatabase);
    return *db_;
  }
  Workspace& workspace() {
    if (workspace_ == nullptr) open();
    return *workspace_;
  }
  Database& db() {
    if (db_ == nullptr) open();
    return *db_;
  }
  // What lies beneath the interfaces.
  std::shared_ptr<Root> root() { return workspace(), Root::open(root_folder().string(), options_); }
  std::shared_ptr<Lake> lake(const std::string& name = kDefaultDatabase) {
    return root()->open_lake(name);
  }

  // A file of the query's rows, outside of the lake.
  fs::path parquet(const std::string& sql, const std::string& options = "") {
    const fs::path path = folder_ / "in" / (std::to_string(next_file_++) + ".parquet");
    tool_.run("COPY (" + sql + ") TO '" + path.string() + "' (FORMAT parquet" + options + ")");
    return path;
  }
  fs::path text_file(const std::string& text, const std::string& suffix) {
    const fs::path path = folder_ / "in" / (std::to_string(next_file_++) + suffix);
    write_file_synced(path, text);
    return path;
  }

  std::vector<engine::Row> rows(Session& session, const std::string& sql) {
    ArrowStream stream = session.query(sql, {});
    tool_.scan_stream("answer", stream.get());
    std::vector<engine::Row> all = tool_.rows("FROM answer");
    tool_.run("DROP VIEW answer");
    return all;
  }
  std::vector<engine::Row> rows(Database& database, const std::string& sql) {
    return rows(*database.open_session({}), sql);
  }
  std::vector<engine::Row> rows(const std::string& sql) { return rows(db(), sql); }
  std::string text(Database& database, const std::string& sql) {
    const std::vector<engine::Row> all = rows(database, sql);
    if (all.size() != 1) ADD_FAILURE() << sql << " has " << all.size() << " rows";
    return all.empty() ? "" : all[0].at(0).value_or("NULL");
  }
  std::string text(const std::string& sql) { return text(db(), sql); }
  void run(Database& database, const std::string& sql) { rows(database, sql); }
  void run(const std::string& sql) { rows(db(), sql); }

  static TableSpec append_to(const std::string& table) {
    TableSpec spec;
    spec.name = table;
    return spec;
  }
  static TableSpec upsert_into(const std::string& table, const std::string& key) {
    TableSpec spec = append_to(table);
    spec.disposition = Disposition::kMerge;
    spec.strategy = MergeStrategy::kUpsert;
    spec.primary_key = {key};
    return spec;
  }
  // One load of one table into schema "s", from the query's rows; committed.
  Receipt load(Database& database, const std::string& load_id, const TableSpec& spec,
               const std::string& sql) {
    auto load = staged(database, load_id, spec, sql);
    return load->commit();
  }
  Receipt load(const std::string& load_id, const TableSpec& spec, const std::string& sql) {
    return load(db(), load_id, spec, sql);
  }
  std::unique_ptr<Load> staged(Database& database, const std::string& load_id, TableSpec spec,
                               const std::string& sql) {
    database.create_schema("s");
    const fs::path file = parquet(sql);
    auto load = database.open_load({"s", "", load_id});
    for (const engine::Row& row : tool_.rows("DESCRIBE FROM '" + file.string() + "'")) {
      spec.columns.push_back({row[0].value_or(""), row[1].value_or(""), true});
    }
    load->declare({spec});
    load->stage_file(spec.name, "job", file.string(), {});
    return load;
  }

  std::vector<CatalogFile> files(const std::string& name = kDefaultDatabase) {
    const std::shared_ptr<Lake> of = lake(name);
    return catalog_files(*of->connect(), *of);
  }
  std::vector<CatalogFile> live_files(const std::string& table,
                                      const std::string& name = kDefaultDatabase) {
    std::vector<CatalogFile> all = files(name);
    std::erase_if(all, [&](const CatalogFile& file) { return !file.live || file.table != table; });
    return all;
  }
  // Kinds of the findings, each once.
  static std::set<std::string> kinds(const ScrubReport& report) {
    std::set<std::string> all;
    for (const ScrubFinding& finding : report.findings) all.insert(finding.kind);
    return all;
  }
  void expect_sound(Database& database) {
    const ScrubReport report = database.scrub();
    for (const ScrubFinding& finding : report.findings) {
      ADD_FAILURE() << database.name() << ": " << finding.kind << " " << finding.table << ": "
                    << finding.detail;
    }
  }

  const fs::path folder_ = fs::temp_directory_path() / ("hotload-" + random_hex().substr(0, 12));
  WorkspaceOptions options_;
  engine::Instance instance_{{}};
  engine::Connection tool_{instance_};
  std::shared_ptr<Workspace> workspace_;
  std::shared_ptr<Database> db_;
  int next_file_ = 0;
};

}  // namespace hotload::lake
