// SPDX-License-Identifier: Apache-2.0
// The fixture of the conformance tests: a database of its own for each, on one kind of workspace.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>

#include "arrow/rows.h"
#include "backend.h"
#include "hotload/error.h"

namespace hotload::conformance {

enum class Kind { kLake, kHolder, kServer, kPlain };
inline constexpr std::array kKindNames{"Lake", "Holder", "Server", "Plain"};

class Conformance : public ::testing::TestWithParam<Kind> {
 protected:
  // One server or folder for all tests of a kind; each has a database of its own.
  static std::map<Kind, std::unique_ptr<Backend>>& all_backends() {
    static std::map<Kind, std::unique_ptr<Backend>> backends;
    return backends;
  }
  static void TearDownTestSuite() { all_backends().clear(); }
  static Backend& backend() {
    auto& backends = all_backends();
    std::unique_ptr<Backend>& one = backends[GetParam()];
    if (one == nullptr) one = make_backend(GetParam());
    return *one;
  }
  static std::unique_ptr<Backend> make_backend(Kind kind) {
    switch (kind) {
      case Kind::kLake:
        return std::make_unique<LakeBackend>();
      case Kind::kHolder:
        return std::make_unique<HolderBackend>();
      case Kind::kServer:
        return std::make_unique<ServerBackend>();
      default:
        return std::make_unique<PlainBackend>();
    }
  }
  static Capabilities can() { return backend().capabilities(); }

  Conformance() : workspace_(backend().open()) {
    static int next = 0;
    name_ = "db" + std::to_string(next++);
    db_ = workspace_->create_database(name_);
    db_->create_schema("s");
  }
  ~Conformance() override {
    db_.reset();
    for (const std::string& name : workspace_->list_databases()) workspace_->drop_database(name);
  }

  std::string file(const std::string& text, const std::string& suffix = ".jsonl") {
    static int next = 0;
    const auto path = backend().folder() / (std::to_string(next++) + suffix);
    std::ofstream(path) << text;
    return path.string();
  }
  static StageOptions jsonl() { return {.format = FileFormat::kJsonl}; }
  static TableSpec spec(const std::string& table) {
    TableSpec spec;
    spec.name = table;
    spec.columns = {{"id", "BIGINT", true}, {"name", "VARCHAR", true}};
    return spec;
  }
  // Rows as JSON arrays.
  static std::vector<std::string> rows_of(ArrowStream stream) {
    arrow::Rows rows(std::move(stream));
    std::vector<std::string> all;
    while (rows.next()) {
      std::string text;
      for (int64_t i = 0; i < rows.width(); ++i) {
        if (i > 0) text += ",";
        rows.append_json(i, text);
      }
      all.push_back(text);
    }
    return all;
  }
  std::vector<std::string> rows(const std::string& sql) { return rows_of(db_->query(sql)); }
  Receipt load(const std::string& load_id, const std::string& text, TableSpec table = spec("t")) {
    const auto load = db_->open_load({"s", "", load_id});
    load->declare({table});
    load->stage_file(table.name, "job", file(text), jsonl());
    return load->commit();
  }
  template <typename Run>
  static ErrorCode code_of(Run run) {
    try {
      run();
    } catch (const Error& error) {
      return error.code();
    }
    ADD_FAILURE() << "nothing was thrown";
    return ErrorCode::kInternal;
  }

  std::shared_ptr<Workspace> workspace_;
  std::string name_;
  std::shared_ptr<Database> db_;
};

inline std::string kind_name(const ::testing::TestParamInfo<Kind>& kind) {
  return kKindNames[static_cast<size_t>(kind.param)];
}

}  // namespace hotload::conformance
