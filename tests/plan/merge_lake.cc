// SPDX-License-Identifier: Apache-2.0
#include "merge_lake.h"

#include <algorithm>
#include <fstream>
#include <random>

#include "../crash/rows.h"
#include "model/identifier.h"

namespace hotload::plan {

namespace fs = std::filesystem;

MergeLake::MergeLake() {
  std::random_device random;
  folder_ = fs::temp_directory_path() /
            ("hotload-plan-" + std::to_string(random()) + "-" + std::to_string(random()));
  fs::create_directories(folder_);
  workspace_ = open_workspace((folder_ / "x.lake").string(), {.auto_maintenance = false});
  database_ = workspace_->create_database("main");
}

MergeLake::~MergeLake() {
  database_.reset();
  workspace_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Receipt MergeLake::load(const std::vector<TableSpec>& specs, const Staged& staged) {
  const std::string id = std::to_string(++loads_);
  const std::unique_ptr<Load> load = database_->open_load({"s", "", id});
  load->declare(specs);
  int job = 0;
  for (const auto& [table, files] : staged) {
    for (const std::vector<std::string>& lines : files) {
      const fs::path file = folder_ / (id + "-" + std::to_string(job) + ".jsonl");
      std::ofstream out(file);
      for (const std::string& line : lines) out << line << "\n";
      out.close();
      load->stage_file(table, "job" + std::to_string(job++), file, {.format = FileFormat::kJsonl});
    }
  }
  return load->commit();
}

void MergeLake::drop(const std::vector<std::string>& tables) {
  const std::unique_ptr<Load> load = database_->open_load({"s", "", std::to_string(++loads_)});
  load->drop_tables(tables);
  load->commit();
}

std::vector<std::string> MergeLake::texts(const std::string& sql) {
  return crash::texts(database_->query(sql));
}

std::vector<std::string> MergeLake::rows(const std::string& table,
                                         const std::vector<std::string>& columns) {
  std::string list;
  for (const std::string& column : columns) {
    list += (list.empty() ? "" : ", ") + ("coalesce(CAST(" + model::quote_identifier(column)) +
            " AS VARCHAR), '-')";
  }
  std::vector<std::string> all =
      texts("SELECT concat_ws(' ', " + list + ") FROM s." + model::quote_identifier(table));
  std::sort(all.begin(), all.end());
  return all;
}

TableReceipt of(const Receipt& receipt, const std::string& table) {
  for (const TableReceipt& one : receipt.tables) {
    if (one.table == table) return one;
  }
  return {};
}

}  // namespace hotload::plan
