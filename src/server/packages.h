// SPDX-License-Identifier: Apache-2.0
// Loads of many tables on their way in, each call by the load's key: what is staged is on disk
// before the call is answered, so any call may be repeated, also after a restart. Thread-safe.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "api/packages.h"
#include "server/claims.h"
#include "server/databases.h"
#include "server/slots.h"

namespace hotload::server {

struct PackageKey {
  std::string database_id;
  LoadKey load;
};

// A file that is handed in for (table, job id) of a load.
struct StagedInput {
  std::string table;
  std::string job_id;
  std::filesystem::path path;
  api::StageForm form;
};

class Packages {
 public:
  // `restricted`: their SQL and conditions come from outside.
  Packages(Databases& databases, Slots& slots, bool restricted)
      : databases_(databases), slots_(slots), restricted_(restricted) {}

  // The load, new, pending or committed. Failures of 404 for a database that is not there.
  std::shared_ptr<Load> open(const PackageKey& key) { return find(key).load; }
  // The same for what adds to it: no commit happens while it is held. A Failure of 409 when it is
  // committed: what is added would be lost.
  class Changing;
  Changing change(const PackageKey& key);
  api::LoadOutcome outcome(const PackageKey& key);
  // A Failure of 409 while the same job is being staged.
  StagedFile stage(const PackageKey& key, const StagedInput& input);
  std::vector<Column> columns(const PackageKey& key, const StagedInput& input);
  Receipt commit(const PackageKey& key);
  void abort(const PackageKey& key);
  // Lets go of loads that nobody has asked for in a while; they stay on disk.
  void close_idle();

 private:
  using Clock = std::chrono::steady_clock;
  struct Opened {
    std::shared_ptr<Load> load;
    // Held by a commit, and shared by what adds to the load.
    std::shared_ptr<std::shared_mutex> door;
    Clock::time_point used;
  };

  Opened find(const PackageKey& key);
  void close(const PackageKey& key);

  Databases& databases_;
  Slots& slots_;
  const bool restricted_;
  std::mutex mutex_;
  std::map<std::string, Opened> opened_;  // by the key's text
  Claims staging_;                        // keys with table and job id
};

class Packages::Changing {
 public:
  Changing(std::shared_ptr<Load> load, std::shared_ptr<std::shared_mutex> door);
  Load* operator->() const { return load_.get(); }
  Load& operator*() const { return *load_; }

 private:
  std::shared_ptr<Load> load_;
  std::shared_ptr<std::shared_mutex> door_;
  std::shared_lock<std::shared_mutex> inside_;
};

}  // namespace hotload::server
