// SPDX-License-Identifier: Apache-2.0
// The embedded Load: stages into the lake's staging folder, commits through commit.h. Handles on
// one key share one Staging, so any number of them, in any threads, are one load.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hotload/load.h"
#include "lake/lake.h"
#include "lake/root.h"
#include "lake/stager.h"
#include "lake/staging.h"

namespace hotload::lake {

class LakeLoad : public Load {
 public:
  LakeLoad(std::shared_ptr<Root> root, std::shared_ptr<Lake> lake, const LoadKey& key,
           const LoadOptions& options);

  const LoadKey& key() const override { return staging_->key(); }
  std::optional<Receipt> receipt() override;
  void declare(const std::vector<TableSpec>& specs) override;
  bool publish_schema(const std::vector<RowInsert>& rows) override;
  void drop_tables(const std::vector<std::string>& tables) override;
  void truncate_tables(const std::vector<std::string>& tables) override;
  void delete_rows(const std::vector<RowDelete>& deletes) override;
  void insert_rows(const std::vector<RowInsert>& rows) override;
  void run_sql(const SqlJob& job) override;
  StagedFile stage_file(const std::string& table, const std::string& job_id,
                        const std::string& path, const StageOptions& options) override;
  StagedFile stage_stream(const std::string& table, const std::string& job_id,
                          ArrowStream stream) override;
  std::vector<StagedFile> staged() override;
  std::vector<Column> file_columns(const std::string& path, const StageOptions& options) override;
  Receipt commit() override;
  void abort() override;

 private:
  template <typename Stage>
  StagedFile stage(const std::string& table, const std::string& job_id, Stage run);
  StageTarget target(engine::Connection& connection, const std::string& table) const;

  std::shared_ptr<Root> root_;
  std::shared_ptr<Lake> lake_;
  const LoadOptions options_;
  std::shared_ptr<Staging> staging_;
};

}  // namespace hotload::lake
