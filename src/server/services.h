// SPDX-License-Identifier: Apache-2.0
// All that the handlers use: one workspace, what is remembered of it, and who does the work.
#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "hotload/workspace.h"
#include "server/config.h"
#include "server/databases.h"
#include "server/jobs.h"
#include "server/journal.h"
#include "server/keys.h"
#include "server/loader.h"
#include "server/packages.h"
#include "server/queries.h"
#include "server/results.h"
#include "server/sessions.h"
#include "server/slots.h"
#include "server/uploads.h"

namespace hotload::server {

struct Services {
  Services(const Config& configured, Workspace& the_workspace);

  // What is due: expired uploads, results and databases, old records.
  void tidy();
  // Queries are ended, jobs that run are finished, the others stay for the next start.
  void stop();

  const Config& config;
  Workspace& workspace;
  Journal journal;
  Keys keys;
  Slots slots;
  const std::unique_ptr<Databases> own_databases;
  Databases& databases;
  Uploads uploads;
  Results results;
  Loader loader;
  Packages packages;
  Sessions sessions;
  Queries queries;
  Jobs jobs;
  std::array<std::atomic<int64_t>, 6> answers{};  // by the hundreds of their status
};

// DIR/<workspace>.server; for local processes a folder of the lake's own temporary files
std::filesystem::path server_folder(const Config& config);
// DIR/<workspace>.lake
std::filesystem::path lake_folder(const Config& config);

}  // namespace hotload::server
