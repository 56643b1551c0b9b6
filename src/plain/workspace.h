// SPDX-License-Identifier: Apache-2.0
// The Workspace of plain Hotdata: what a server offers that lacks hotload's own calls.
#pragma once

#include "hotload/workspace.h"
#include "plain/catalog.h"

namespace hotload::plain {

class PlainWorkspace : public Workspace {
 public:
  explicit PlainWorkspace(std::shared_ptr<remote::Client> client)
      : client_(std::move(client)), catalog_(client_) {}

  std::string location() const override { return client_->options().base_url; }
  std::vector<std::string> list_databases() override { return catalog_.names(); }
  bool has_database(const std::string& name) override { return catalog_.find(name).has_value(); }
  std::shared_ptr<Database> create_database(const std::string& name) override;
  std::shared_ptr<Database> open_database(const std::string& name) override;
  std::shared_ptr<Database> open_or_create_database(const std::string& name) override;
  std::shared_ptr<Database> fork_database(const std::string& from, const std::string& to) override;
  std::vector<Receipt> publish_database(const std::string& fork) override;
  void drop_database(const std::string& name) override;

 private:
  DatabaseRef get(const std::string& name);
  std::shared_ptr<Database> opened(const DatabaseRef& database) const;
  void check_is_free(const std::string& name);

  std::shared_ptr<remote::Client> client_;
  Catalog catalog_;
};

}  // namespace hotload::plain
