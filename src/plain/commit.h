// SPDX-License-Identifier: Apache-2.0
// How a load gets onto plain Hotdata: the plan runs in the scratch lake, then each table's outcome
// is pushed. Every step is on disk before it is taken, so that a commit which is run again, also by
// another process, goes on where the last one ended.
#pragma once

#include <vector>

#include "plain/package.h"
#include "plain/target.h"

namespace hotload::plain {

class Commit {
 public:
  Commit(Target& target, Package& package) : target_(target), package_(package) {}

  // Throws kFailedPrecondition, "outcome unknown", where nobody can tell whether a table has its
  // rows.
  Receipt run();

 private:
  void plan();
  bool loses_values(const Push& push) const;
  void push_all();
  void push(Push push);
  bool changes_nothing(const Push& push) const;
  // Throws where the server has rows of this load, and nothing here knows how they came there.
  void check_is_new() const;
  void check_is_new(const Push& push) const;
  void upload(Push& push);
  void write(const Push& push, const std::string& file) const;
  // Returns the rows of the table after it.
  int64_t load(Push& push, bool resumed);
  void declare(const Push& push);
  Receipt receipt() const;

  Target& target_;
  Package& package_;
};

}  // namespace hotload::plain
