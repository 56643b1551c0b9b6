// SPDX-License-Identifier: Apache-2.0
// The database on the server that loads go to. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "plain/catalog.h"
#include "plain/home.h"
#include "plain/package.h"
#include "plain/tables.h"
#include "remote/client.h"

namespace hotload::plain {

struct Target {
  Target(std::shared_ptr<remote::Client> the_client, const DatabaseRef& the_database)
      : client(std::move(the_client)),
        database(the_database),
        tables(client, database),
        home(client->options().base_url, client->options().workspace_id, database.id),
        parallel(client->options().parallel) {}

  std::shared_ptr<remote::Client> client;
  const DatabaseRef database;
  Tables tables;
  const Home home;
  const int64_t parallel;  // tables that are pushed, and parts of one that are sent, at once
};

// Brings the columns of tables into the package's scratch lake, in one commit. What was looked at
// already stays as it is; what the server does not have is left out.
void bring_columns(Target& target, Package& package, std::vector<std::string> tables);
// Brings them with their rows, as they are now. Throws kConflict for one that is not there.
void bring_rows(Target& target, Package& package, const std::vector<std::string>& tables);

}  // namespace hotload::plain
