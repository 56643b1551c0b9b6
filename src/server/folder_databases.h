// SPDX-License-Identifier: Apache-2.0
// The databases of a folder as the folder has them: their ids are their names, and nothing of them
// is remembered here. Thread-safe.
#pragma once

#include "server/databases.h"

namespace hotload::server {

class FolderDatabases : public Databases {
 public:
  FolderDatabases(Workspace& workspace, Journal& journal);

  Created create(const api::CreateDatabaseRequest& request) override;
  api::DatabaseInfo fork(const std::string& id, const std::optional<std::string>& name,
                         const std::optional<std::string>& expires_at) override;
  api::DatabaseInfo get(const std::string& id) const override;
  void remove(const std::string& id) override;
  std::vector<api::DatabaseInfo> list() const override;

 private:
  Workspace& workspace_;
};

}  // namespace hotload::server
