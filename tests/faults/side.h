// SPDX-License-Identifier: Apache-2.0
// One server with the proxy before it, and what its tables should hold: a table that rows are
// appended to, and one in which rows of a few keys are updated.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hotload/workspace.h"
#include "proxy.h"
#include "remote/client.h"
#include "server/testing.h"
#include "trial.h"

namespace hotload::faults {

inline constexpr int kRowsOfBig = 3000;  // a table that is read

class Side {
 public:
  // `rows`: what loads are made of.
  Side(const std::filesystem::path& folder, bool plain, std::shared_ptr<Database> rows);

  // The database, by a client of its own.
  std::shared_ptr<Database> open(remote::ClientOptions options) const;
  Receipt load(Database& database, const Trial& trial) const;
  static LoadKey key_of(const Trial& trial);
  // The trial's load is complete.
  void expect(const Trial& trial);
  // Whether the tables hold what is expected, with reasons where not.
  void check() const;
  // A table that a trial has made for itself is looked at, and goes.
  void check_new_table(const Trial& trial) const;

  Proxy& proxy() { return *proxy_; }
  Database& clean() { return *clean_; }
  static std::vector<std::string> values(ArrowStream stream);

 private:
  std::shared_ptr<Workspace> workspace(remote::ClientOptions options) const;
  std::shared_ptr<remote::Client> client(remote::ClientOptions options) const;
  ArrowStream numbers(int64_t from, int64_t to, int64_t run) const;

  const bool plain_;
  std::shared_ptr<Database> rows_;
  std::unique_ptr<server::RunningServer> server_;
  std::unique_ptr<Proxy> proxy_;
  std::shared_ptr<Database> clean_;  // while the proxy does no harm
  std::map<int, int> updated_;
  int64_t appended_ = 0;
};

}  // namespace hotload::faults
