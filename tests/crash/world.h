// SPDX-License-Identifier: Apache-2.0
// A small world that a load changes in a way that can be computed: tables of every disposition,
// their rows after any number of loads, and the files that each load brings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "hotload/workspace.h"

namespace hotload::crash {

// What one load does. kMixed does all of it at once.
enum class Kind { kAppend, kReplace, kUpsert, kDeleteInsert, kSchemaChange, kMixed };
inline constexpr Kind kAllKinds[] = {Kind::kAppend,       Kind::kReplace,      Kind::kUpsert,
                                     Kind::kDeleteInsert, Kind::kSchemaChange, Kind::kMixed};
std::string name_of(Kind kind);
Kind kind_named(const std::string& name);

// Table -> its rows as sorted text; a table that does not exist is not in it.
using State = std::map<std::string, std::vector<std::string>>;

class World {
 public:
  // `folder` holds the lake and the loads' files.
  World(std::filesystem::path folder, Kind kind) : folder_(std::move(folder)), kind_(kind) {}

  std::string lake() const { return (folder_ / "x.lake").string(); }
  std::filesystem::path log() const { return folder_ / "log"; }

  // Writes the files of the loads 0 .. count-1; once a world.
  void make_files(int count) const;
  // Stages and commits load `i`.
  Receipt run_load(Database& database, int i) const;
  // The rows after the first `count` loads.
  State expected(int count) const;
  // The rows as the database has them. One query a table, in one transaction.
  State actual(Database& database) const;

 private:
  std::vector<TableSpec> specs(int i) const;
  std::string file(const std::string& table, int i) const;
  bool touches(const std::string& table) const;

  std::filesystem::path folder_;
  Kind kind_;
};

inline constexpr int kRowsOfALoad = 40;

}  // namespace hotload::crash
