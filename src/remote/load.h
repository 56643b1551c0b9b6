// SPDX-License-Identifier: Apache-2.0
// The Load of a server: each call is one of its API, which may be repeated.
#pragma once

#include "api/packages.h"
#include "hotload/load.h"
#include "remote/client.h"

namespace hotload::remote {

class RemoteLoad : public Load {
 public:
  RemoteLoad(std::shared_ptr<Client> client, const std::string& database_path, const LoadKey& key);

  const LoadKey& key() const override { return key_; }
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
  Call call(const std::string& method, const std::string& rest) const;
  // A call that adds to the load; null when it is committed and the server has refused it: here
  // that does nothing.
  boost::json::value add(const Call& sent);
  void send(const std::string& rest, boost::json::object body);
  // A job is named by a StagedFile that says no more.
  StagedFile stage(const StagedFile& job, const Call& sent);
  // `resumes`: another process may go on with a large one.
  StagedFile send_file(const StagedFile& job, const std::string& path, const api::StageForm& form,
                       bool resumes);
  std::optional<StagedFile> find_staged(const StagedFile& job);
  std::string upload_journal(const std::string& rest) const;
  Call file_call(const std::string& method, const std::string& rest, const std::string& path,
                 const api::StageForm& form) const;

  std::shared_ptr<Client> client_;
  const LoadKey key_;
  const std::string path_;
};

}  // namespace hotload::remote
