// SPDX-License-Identifier: Apache-2.0
// Loads into a server and queries, each through a proxy whose fault fires at one of the requests:
// rows are there exactly once, refusals are told at once, waits are as the policy says. Each run is
// made of its number and HOTLOAD_TEST_SEED; HOTLOAD_TEST_FAULTS says how many runs count in all,
// those whose fault fired (.ci/run: 2000).
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>

#include "arrow/rows.h"
#include "hotload/error.h"
#include "proxy.h"
#include "remote/workspace.h"
#include "server/testing.h"

namespace hotload::faults {
namespace {

constexpr int kShards = 4;
constexpr int kRowsOfBig = 3000;
constexpr int kKeys = 20;
constexpr int kMoreStatuses = 5;  // there are many: they are drawn more often than other faults
constexpr std::array kNames{"cut before the server",
                            "cut in the body",
                            "answer lost",
                            "cut in the answer",
                            "delay",
                            "status",
                            "twice",
                            "twice at once",
                            "refused"};

int64_t number_of(const char* variable, int64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoll(text);
}

struct Status {
  int status;
  const char* code;
};
constexpr Status kTransient[] = {
    {408, ""}, {409, "RESOURCE_LOCKED"}, {425, ""}, {429, "OVERLOADED"}, {500, "INTERNAL"},
    {502, ""}, {503, "UNAVAILABLE"},     {504, ""}};
struct Refusal {
  int status;
  const char* code;
  ErrorCode error;
};
constexpr Refusal kTerminal[] = {{400, "BAD_REQUEST", ErrorCode::kInvalidArgument},
                                 {401, "UNAUTHORIZED", ErrorCode::kPermission},
                                 {403, "FORBIDDEN", ErrorCode::kPermission},
                                 {404, "NOT_FOUND", ErrorCode::kNotFound},
                                 {409, "CONFLICT", ErrorCode::kAlreadyExists},
                                 {501, "NOT_IMPLEMENTED", ErrorCode::kUnsupported}};

// What one run does, and what is done to it.
struct Trial {
  int number = 0;
  bool is_load = true;
  int tables = 1;
  Plan plan;
  std::optional<ErrorCode> terminal;
  int64_t budget_ms = 600'000;

  int requests() const { return is_load ? 4 + tables : 4; }
};

Trial run_of(int number, uint64_t seed) {
  std::seed_seq mixed{seed, static_cast<uint64_t>(number)};
  std::mt19937_64 random(mixed);
  const auto below = [&](int limit) {
    return std::uniform_int_distribution<int>(0, limit - 1)(random);
  };
  Trial run;
  run.number = number;
  run.is_load = below(2) == 0;
  run.tables = 1 + below(2);
  Plan& plan = run.plan;
  const int fault = below(kFaults + kMoreStatuses);
  plan.fault = fault < kFaults ? static_cast<Fault>(fault) : Fault::kStatus;
  plan.at = below(run.requests());
  plan.where = std::uniform_real_distribution<double>(0, 1)(random);
  const bool harmless = plan.fault == Fault::kDelay || plan.fault == Fault::kTwice ||
                        plan.fault == Fault::kTwiceAtOnce;
  // A stream that breaks off ends its call: the next firing would be at another one.
  const bool ends = !run.is_load && plan.fault == Fault::kCutInAnswer;
  plan.times = harmless || ends ? 1 : 1 + below(3);
  if (plan.fault != Fault::kStatus) return run;
  if (below(3) == 0) {
    const Refusal& refusal = kTerminal[below(std::size(kTerminal))];
    plan.status = refusal.status;
    plan.code = refusal.code;
    plan.times = 1;
    run.terminal = refusal.error;
    return run;
  }
  const Status& status = kTransient[below(std::size(kTransient))];
  plan.status = status.status;
  plan.code = status.code;
  if (below(2) == 0) plan.retry_after_s = std::array{0, 1, 7, 3600}[below(4)];
  if (below(4) == 0) plan.times = 8;
  if (run.is_load && below(4) == 0) run.budget_ms = 20'000;
  return run;
}

class Faults : public ::testing::TestWithParam<int> {
 protected:
  Faults()
      : folder_(std::filesystem::temp_directory_path() /
                ("hotload-faults-" + std::to_string(std::random_device{}()))),
        rows_(open_workspace((folder_ / "rows.lake").string())->create_database("rows")),
        server_(std::make_unique<server::RunningServer>(config())),
        proxy_(std::make_unique<Proxy>(server_->port())),
        clean_(open(server_->url(), {})->create_database("db")) {
    clean_->create_schema("s");
    const auto big = clean_->open_load({"s", "", "big"});
    big->declare({spec("big", false)});
    big->stage_stream("big", "1", rows(0, kRowsOfBig, 0));
    big->commit();
  }
  ~Faults() override {
    clean_.reset();
    proxy_.reset();
    server_.reset();
    rows_.reset();
    close_idle_workspaces();
    std::filesystem::remove_all(folder_);
  }

  server::Config config() const {
    server::Config config;
    config.root = folder_ / "server";
    config.api_key = "faults";
    return config;
  }
  static std::shared_ptr<Workspace> open(const std::string& url, remote::ClientOptions options) {
    options.base_url = url;
    options.api_key = "faults";
    return remote::workspace_of(std::make_shared<remote::Client>(options));
  }
  static TableSpec spec(const std::string& name, bool upsert) {
    TableSpec spec;
    spec.name = name;
    spec.columns = {{"id", "BIGINT", true}, {"run", "BIGINT", true}};
    if (!upsert) return spec;
    spec.disposition = Disposition::kMerge;
    spec.strategy = MergeStrategy::kUpsert;
    spec.primary_key = {"id"};
    return spec;
  }
  ArrowStream rows(int64_t from, int64_t to, int64_t run) {
    return rows_->query("SELECT range AS id, " + std::to_string(run) +
                        "::BIGINT AS run FROM range(" + std::to_string(from) + ", " +
                        std::to_string(to) + ")");
  }
  static std::vector<std::string> values(ArrowStream stream) {
    arrow::Rows rows(std::move(stream));
    std::vector<std::string> all;
    while (rows.next()) {
      std::string& text = all.emplace_back();
      for (int64_t i = 0; i < rows.width(); ++i) {
        if (i > 0) text += ",";
        rows.append_json(i, text);
      }
    }
    return all;
  }

  // The keys that a run updates.
  static std::pair<int, int> keys_of(const Trial& run) {
    const int from = run.number % kKeys;
    return {from, std::min(kKeys, from + 5)};
  }
  static LoadKey key_of(const Trial& run) { return {"s", "faults", std::to_string(run.number)}; }
  Receipt load(Database& db, const Trial& run) {
    const auto load = db.open_load(key_of(run));
    std::vector<TableSpec> specs{spec("appended", false)};
    if (run.tables == 2) specs.push_back(spec("updated", true));
    load->declare(specs);
    const int64_t first = int64_t{10} * run.number;
    load->stage_stream("appended", "1", rows(first, first + 10, run.number));
    if (run.tables == 2) {
      const auto [from, to] = keys_of(run);
      load->stage_stream("updated", "1", rows(from, to, run.number));
    }
    return load->commit();
  }

  void check_waits(const Trial& run) const;
  void check_refusal(const Trial& run, const std::optional<Error>& failed, bool done);
  void check_load(const Trial& run, const std::optional<Receipt>& receipt);
  void check_tables();
  // Whether its fault fired.
  bool fired(const Trial& run);

  const std::filesystem::path folder_;
  std::shared_ptr<Database> rows_;  // what loads are made of
  std::unique_ptr<server::RunningServer> server_;
  std::unique_ptr<Proxy> proxy_;
  std::shared_ptr<Database> clean_;  // past the proxy
  std::vector<int64_t> waits_;       // of one run's client, in milliseconds
  std::map<int, int> updated_;       // what the tables should hold
  int64_t appended_ = 0;
};

// All of a run's waits are of the one call at which the fault fires.
void Faults::check_waits(const Trial& run) const {
  const remote::RetryPolicy policy;
  // Of two at once the server may ask one to come back in a second.
  const bool at_once = run.plan.fault == Fault::kTwiceAtOnce;
  const int64_t said = at_once && !waits_.empty() ? 1 : run.plan.retry_after_s.value_or(0);
  const auto shortest = [&](size_t attempt) {
    return std::min(policy.max_wait_ms, std::max(policy.first_wait_ms << attempt, said * 1000));
  };
  int64_t sum = 0;
  for (size_t i = 0; i < waits_.size(); ++i) {
    EXPECT_GE(waits_[i], shortest(i));
    EXPECT_LE(waits_[i], shortest(i) * 3 / 2);
    sum += waits_[i];
  }
  EXPECT_LE(sum, run.budget_ms);
  const auto most = static_cast<size_t>(std::min(run.plan.times, policy.max_attempts - 1));
  const bool none =
      run.terminal || run.plan.fault == Fault::kDelay || run.plan.fault == Fault::kTwice;
  EXPECT_LE(waits_.size(), none ? 0 : most);
  if (none || run.plan.fault != Fault::kStatus || waits_.size() == most) return;
  EXPECT_GT(sum + shortest(waits_.size()) * 3 / 2, run.budget_ms) << "it gave up too early";
}

void Faults::check_refusal(const Trial& run, const std::optional<Error>& failed, bool done) {
  const bool closing = !run.is_load && run.plan.at == 3;  // of a session, which nobody waits for
  if (run.terminal) {
    EXPECT_EQ(failed.has_value(), !closing);
    if (failed) {
      EXPECT_EQ(failed->code(), *run.terminal) << failed->what();
    }
    if (!run.is_load) return;
    const auto load = clean_->open_load(key_of(run));
    EXPECT_EQ(load->receipt(), std::nullopt);
    load->abort();
    return;
  }
  if (failed) {
    EXPECT_TRUE(failed->transient()) << failed->what();
    const bool in_stream = !run.is_load && run.plan.fault == Fault::kCutInAnswer;
    const bool out_of_attempts =
        run.plan.fault == Fault::kStatus && (run.plan.times == 8 || run.budget_ms < 600'000);
    EXPECT_TRUE(in_stream || out_of_attempts) << failed->what();
  } else {
    EXPECT_TRUE(done);
  }
}

// The same load again, on a connection that works: it goes on where it broke off, or is there.
void Faults::check_load(const Trial& run, const std::optional<Receipt>& receipt) {
  const Receipt done = receipt ? *receipt : load(*clean_, run);
  EXPECT_EQ(clean_->open_load(key_of(run))->commit(), done);
  appended_ += 10;
  if (run.tables == 1) return;
  const auto [from, to] = keys_of(run);
  for (int key = from; key < to; ++key) updated_[key] = run.number;
}

void Faults::check_tables() {
  EXPECT_THAT(values(clean_->query("SELECT count(*), count(DISTINCT id) FROM s.appended")),
              ::testing::ElementsAre(std::to_string(appended_) + "," + std::to_string(appended_)));
  std::vector<std::string> expected;
  for (const auto& [key, run] : updated_) {
    expected.push_back(std::to_string(key) + "," + std::to_string(run));
  }
  EXPECT_EQ(values(clean_->query("SELECT id, run FROM s.updated ORDER BY id")), expected);
}

bool Faults::fired(const Trial& run) {
  remote::ClientOptions options;
  options.budget_ms = run.budget_ms;
  options.sleep = [this](std::chrono::milliseconds time) {
    waits_.push_back(time.count());
    proxy_->client_waits();
  };
  waits_.clear();
  std::optional<Receipt> receipt;
  std::optional<Error> failed;
  bool done = false;
  proxy_->arm(run.plan);
  try {
    const auto db = open(proxy_->url(), options)->open_database("db");
    if (run.is_load) {
      receipt = load(*db, run);
    } else {
      const auto all = values(db->query("SELECT id FROM s.big ORDER BY id"));
      EXPECT_EQ(all.size(), static_cast<size_t>(kRowsOfBig));
      EXPECT_EQ(all.back(), std::to_string(kRowsOfBig - 1));
    }
    done = true;
  } catch (const Error& error) {
    failed = error;
  }
  const int firings = proxy_->disarm();
  if (firings > 0) {
    check_waits(run);
    check_refusal(run, failed, done);
  }
  if (run.is_load && (firings == 0 || !run.terminal)) check_load(run, receipt);
  return firings > 0;
}

TEST_P(Faults, RowsAreThereExactlyOnce) {
  const auto seed = static_cast<uint64_t>(number_of("HOTLOAD_TEST_SEED", 1));
  const int64_t wanted = (number_of("HOTLOAD_TEST_FAULTS", 200) + kShards - 1) / kShards;
  std::map<Fault, int> counts;
  int64_t counted = 0;
  for (int number = GetParam(); counted < wanted; number += kShards) {
    const Trial run = run_of(number, seed);
    SCOPED_TRACE("run " + std::to_string(number) + (run.is_load ? ", a load" : ", a query") + ": " +
                 kNames[static_cast<size_t>(run.plan.fault)] + " at " +
                 std::to_string(run.plan.at) + ", times " + std::to_string(run.plan.times) +
                 ", status " + std::to_string(run.plan.status) + " " + run.plan.code);
    if (fired(run)) {
      ++counted;
      ++counts[run.plan.fault];
      if (counted % 50 == 0) check_tables();
    }
    if (HasFailure()) return;
  }
  check_tables();
  for (const auto& [fault, count] : counts) {
    std::cout << kNames[static_cast<size_t>(fault)] << ": " << count << '\n';
  }
}

INSTANTIATE_TEST_SUITE_P(Shard, Faults, ::testing::Range(0, kShards));

}  // namespace
}  // namespace hotload::faults
