// SPDX-License-Identifier: Apache-2.0
// The Load of plain Hotdata: it stages into a scratch lake on this machine, and commits from there.
#pragma once

#include "hotload/load.h"
#include "plain/package.h"
#include "plain/target.h"

namespace hotload::plain {

class PlainLoad : public Load {
 public:
  PlainLoad(std::shared_ptr<Target> target, std::shared_ptr<Package> package);

  const LoadKey& key() const override { return package_->key(); }
  std::optional<Receipt> receipt() override { return package_->receipt(); }
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
  // Not once the load is sealed or complete: a caller that repeats its steps after a crash means
  // the same load.
  bool may_change();
  template <typename Stage>
  StagedFile stage(const std::string& table, const std::string& job_id, Stage run);

  std::shared_ptr<Target> target_;
  std::shared_ptr<Package> package_;
};

}  // namespace hotload::plain
