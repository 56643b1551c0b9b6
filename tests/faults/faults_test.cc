// SPDX-License-Identifier: Apache-2.0
// Loads into servers and queries, each through a proxy whose fault fires at one of the requests:
// rows are there exactly once, refusals are told at once, waits are as the policy says. A server of
// hotload's and one that offers plain Hotdata alone, also with uploads in parts. Each run is made
// of its number and HOTLOAD_TEST_SEED; HOTLOAD_TEST_FAULTS says how many runs count in all, those
// whose fault fired (.ci/run: 2000).
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "hotload/error.h"
#include "side.h"

namespace hotload::faults {
namespace {

constexpr int kShards = 4;
constexpr int kCheckEvery = 25;  // runs of one server

int64_t number_of(const char* variable, int64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoll(text);
}

// What came of one attempt of a run.
struct Outcome {
  std::optional<Receipt> receipt;
  std::optional<Error> failed;
  int firings = 0;
};

class Faults : public ::testing::TestWithParam<int> {
 protected:
  Faults()
      : folder_(std::filesystem::temp_directory_path() /
                ("hotload-faults-" + std::to_string(std::random_device{}()))) {
    ::setenv("HOTLOAD_STATE_DIR", (folder_ / "state").c_str(), 1);
    const auto rows = open_workspace((folder_ / "rows.lake").string())->create_database("rows");
    own_ = std::make_unique<Side>(folder_ / "server", false, rows);
    plain_ = std::make_unique<Side>(folder_ / "plain", true, rows);
  }
  ~Faults() override {
    own_.reset();
    plain_.reset();
    close_idle_workspaces();
    std::filesystem::remove_all(folder_);
  }

  Side& side_of(const Trial& trial) { return trial.is_plain() ? *plain_ : *own_; }
  Outcome attempt(const Trial& trial, const Harm& harm);
  void check_waits(const Trial& trial, const Harm& harm) const;
  void check_waits_in_line(const Trial& trial, const Plan& plan, bool none) const;
  void check_error(const Trial& trial, const Harm& harm, const Outcome& outcome);
  void check_error_of_plain_load(const Harm& harm, const Error& failed);
  // The load goes on where it broke off, or is there.
  void complete(const Trial& trial, const std::optional<Receipt>& receipt);
  // Whether its fault fired.
  bool fired(const Trial& trial);

  const std::filesystem::path folder_;
  std::unique_ptr<Side> own_;
  std::unique_ptr<Side> plain_;
  std::vector<int64_t> waits_;  // of one attempt's client, in milliseconds
  int asked_back_ = 0;          // how often that client was told to come back by the server itself
  int unknown_ = 0;             // loads that ended with "outcome unknown" for a while
};

Outcome Faults::attempt(const Trial& trial, const Harm& harm) {
  Side& side = side_of(trial);
  remote::ClientOptions options;
  options.budget_ms = trial.budget_ms;
  std::mutex mutex;
  options.sleep = [&](std::chrono::milliseconds time) {
    {
      const std::lock_guard lock(mutex);
      waits_.push_back(time.count());
    }
    side.proxy().client_waits();
  };
  waits_.clear();
  Outcome outcome;
  side.proxy().arm(harm.plan);
  try {
    const auto db = side.open(options);
    if (trial.is_load()) {
      outcome.receipt = side.load(*db, trial);
    } else {
      const auto all = Side::values(db->query("SELECT id FROM s.big ORDER BY id"));
      EXPECT_EQ(all.size(), static_cast<size_t>(kRowsOfBig));
      EXPECT_EQ(all.back(), std::to_string(kRowsOfBig - 1));
    }
  } catch (const Error& error) {
    outcome.failed = error;
  }
  outcome.firings = side.proxy().disarm();
  asked_back_ = side.proxy().asked_back();
  return outcome;
}

// All of a run's waits are of the one call at which the fault fires.
void Faults::check_waits_in_line(const Trial& trial, const Plan& plan, bool none) const {
  const remote::RetryPolicy policy;
  const int64_t said = plan.retry_after_s.value_or(0);
  const auto shortest = [&](size_t attempt) {
    return std::min(policy.max_wait_ms, std::max(policy.first_wait_ms << attempt, said * 1000));
  };
  int64_t sum = 0;
  for (size_t i = 0; i < waits_.size(); ++i) {
    EXPECT_GE(waits_[i], shortest(i));
    EXPECT_LE(waits_[i], shortest(i) * 3 / 2);
    sum += waits_[i];
  }
  EXPECT_LE(sum, trial.budget_ms);
  const auto most = static_cast<size_t>(std::min(plan.times, policy.max_attempts - 1));
  if (none || plan.fault != Fault::kStatus || waits_.size() == most) return;
  EXPECT_GT(sum + shortest(waits_.size()) * 3 / 2, trial.budget_ms) << "it gave up too early";
}

void Faults::check_waits(const Trial& trial, const Harm& harm) const {
  const remote::RetryPolicy policy;
  const Plan& plan = harm.plan;
  const bool none = harm.terminal || trial.at_session_end() || plan.fault == Fault::kDelay ||
                    plan.fault == Fault::kTwice;
  // The server itself may ask to come back: one of two at once, or who has lost the connection
  // while it still works on what came of the body.
  const size_t asked_back = static_cast<size_t>(asked_back_);
  EXPECT_LE(waits_.size(), asked_back + (none ? 0 : static_cast<size_t>(plan.times)));
  // An upload that has failed for good is made once more.
  const bool gives_up = plan.times >= policy.max_attempts;
  if (asked_back == 0 && trial.in_line() && !(trial.is_plain() && gives_up)) {
    return check_waits_in_line(trial, plan, none);
  }
  for (const int64_t wait : waits_) {
    EXPECT_GE(wait, policy.first_wait_ms);
    EXPECT_LE(wait, policy.max_wait_ms);
  }
}

// A refusal is told as what it is, unless it can be worked around: an upload that is made once
// more, a table that is there all the same. One that says that an upload is not known leaves an
// append unknown.
void Faults::check_error_of_plain_load(const Harm& harm, const Error& failed) {
  if (!harm.terminal) {
    EXPECT_TRUE(failed.transient()) << failed.what();
    // Rows that break off are read three times.
    const bool rows = harm.plan.fault == Fault::kCutInAnswer;
    EXPECT_GE(harm.plan.times, rows ? 3 : remote::RetryPolicy().max_attempts) << failed.what();
    return;
  }
  const bool missing = *harm.terminal == ErrorCode::kNotFound;
  if (missing && failed.code() == ErrorCode::kFailedPrecondition) {
    EXPECT_THAT(failed.what(), ::testing::StartsWith("outcome unknown: table s."));
    ++unknown_;
    return;
  }
  EXPECT_EQ(failed.code(), *harm.terminal) << failed.what();
}

void Faults::check_error(const Trial& trial, const Harm& harm, const Outcome& outcome) {
  const auto& [receipt, failed, firings] = outcome;
  if (trial.is_plain() && trial.is_load()) {
    if (failed) check_error_of_plain_load(harm, *failed);
    return;
  }
  if (harm.terminal) {
    EXPECT_EQ(failed.has_value(), !trial.at_session_end());
    if (failed) {
      EXPECT_EQ(failed->code(), *harm.terminal) << failed->what();
    }
    return;
  }
  if (!failed) return;
  EXPECT_TRUE(failed->transient()) << failed->what();
  const bool in_stream = !trial.is_load() && harm.plan.fault == Fault::kCutInAnswer;
  const bool out_of_attempts = harm.plan.times >= remote::RetryPolicy().max_attempts ||
                               (harm.plan.fault == Fault::kStatus && trial.budget_ms < 600'000);
  EXPECT_TRUE(in_stream || out_of_attempts) << failed->what();
}

void Faults::complete(const Trial& trial, const std::optional<Receipt>& receipt) {
  Side& side = side_of(trial);
  const Receipt done = receipt ? *receipt : side.load(side.clean(), trial);
  EXPECT_EQ(side.clean().open_load(Side::key_of(trial))->commit(), done);
  side.expect(trial);
  side.check_new_table(trial);
}

bool Faults::fired(const Trial& trial) {
  Outcome outcome = attempt(trial, trial.harm);
  const bool fired = outcome.firings > 0;
  if (fired) {
    check_waits(trial, trial.harm);
    check_error(trial, trial.harm, outcome);
  }
  if (!trial.is_load()) return fired;
  if (fired && trial.harm.terminal && !trial.is_plain()) {
    const auto load = own_->clean().open_load(Side::key_of(trial));
    EXPECT_EQ(load->receipt(), std::nullopt);
    load->abort();
    return true;
  }
  if (outcome.failed && trial.again) {
    outcome = attempt(trial, *trial.again);
    if (outcome.firings > 0) check_error(trial, *trial.again, outcome);
  }
  complete(trial, outcome.receipt);
  return fired;
}

TEST_P(Faults, RowsAreThereExactlyOnce) {
  const auto seed = static_cast<uint64_t>(number_of("HOTLOAD_TEST_SEED", 1));
  const int64_t wanted = (number_of("HOTLOAD_TEST_FAULTS", 200) + kShards - 1) / kShards;
  std::cout << "HOTLOAD_TEST_SEED=" << seed << '\n';
  std::map<std::string, int> counts;
  int64_t counted = 0;
  for (int number = GetParam(); counted < wanted; number += kShards) {
    const Trial trial = trial_of(number, seed);
    SCOPED_TRACE(trial.text());
    if (fired(trial)) {
      ++counted;
      ++counts[kFaultNames[static_cast<size_t>(trial.harm.plan.fault)]];
      ++counts[kWorkNames[static_cast<size_t>(trial.work)]];
      if (counted % kCheckEvery == 0) side_of(trial).check();
    }
    if (HasFailure()) return;
  }
  own_->check();
  plain_->check();
  if (unknown_ > 0) counts["of these with an outcome unknown for a while"] = unknown_;
  for (const auto& [what, count] : counts) std::cout << what << ": " << count << '\n';
}

INSTANTIATE_TEST_SUITE_P(Shard, Faults, ::testing::Range(0, kShards));

}  // namespace
}  // namespace hotload::faults
