// SPDX-License-Identifier: Apache-2.0
// One run of the fault tests: what is done, and what is done to it. Made of a number and a seed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "hotload/error.h"
#include "proxy.h"

namespace hotload::faults {

enum class Work { kLoad, kQuery, kPlainLoad, kPlainParts, kPlainQuery };
inline constexpr std::array kWorkNames{"load", "query", "plain load", "plain load in parts",
                                       "plain query"};
inline constexpr std::array kFaultNames{"cut before the server",
                                        "cut in the body",
                                        "answer lost",
                                        "cut in the answer",
                                        "delay",
                                        "status",
                                        "twice",
                                        "twice at once",
                                        "refused"};

// What is done to one attempt of a run.
struct Harm {
  Plan plan;
  std::optional<ErrorCode> terminal;  // what the proxy's refusal means
};

struct Trial {
  int number = 0;
  Work work = Work::kLoad;
  bool updates = false;    // a load: into a second table, by key
  bool read_back = false;  // ... by a strategy that plain Hotdata does not have
  bool new_table = false;  // a plain load: into a table of its own too
  Harm harm;
  std::optional<Harm> again;  // of a plain load: what is done to its second attempt
  int64_t budget_ms = 600'000;

  bool is_plain() const { return work != Work::kLoad && work != Work::kQuery; }
  bool is_load() const { return work != Work::kQuery && work != Work::kPlainQuery; }
  int rows() const { return work == Work::kPlainParts ? 1500 : 10; }
  int requests() const;
  // Whether it makes one call after the other, and none in place of one that failed.
  bool in_line() const;
  // Whether the fault is at the last call of a session, which is made once and not waited for.
  bool at_session_end() const { return work == Work::kQuery && harm.plan.at == 3; }
  std::string text() const;
};

Trial trial_of(int number, uint64_t seed);

}  // namespace hotload::faults
