// SPDX-License-Identifier: Apache-2.0
// Kills a loading process with SIGKILL, at every named point of staging and commit and at random
// moments, then looks: the database is exactly as after some whole number of loads, scrub finds
// nothing, and running all loads again gives every row exactly once.
//
// The child is this same program under `--gtest_filter=CrashChild.*` with the world's folder in
// its environment. HOTLOAD_TEST_KILLS is the number of random kills (default 200).
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <set>
#include <thread>

#include "world.h"

namespace hotload::crash {
namespace {

namespace fs = std::filesystem;

constexpr int kLoads = 4;  // the schema changes with the third and the fourth

// In their order. commit.step and the like are passed many times.
const std::vector<std::string> kPoints{
    "stage.intent",     "publish.ready",  "publish.done",    "stage.linked",    "stage.synced",
    "stage.recorded",   "commit.planned", "commit.prepared", "commit.begun",    "commit.step",
    "commit.linked",    "commit.adopted", "commit.stepped",  "commit.recorded", "commit.synced",
    "commit.committed", "commit.cleared"};

// Some points lie on the way of some loads alone.
std::vector<std::string> points_of(Kind kind) {
  std::vector<std::string> points = kPoints;
  if (kind == Kind::kSchemaChange || kind == Kind::kMixed) points.push_back("commit.widened");
  if (kind == Kind::kReplace || kind == Kind::kMixed) points.push_back("stage.converted");
  if (kind == Kind::kMixed) points.push_back("commit.sql");
  return points;
}

// Hundreds of processes run here, each with little to do: threads would only wait for each other.
WorkspaceOptions one_thread() {
  WorkspaceOptions options;
  options.threads = 1;
  options.adopt_from_bytes = 0;  // or no file of the test would be
  return options;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// The child: loads everything, while a reader checks that it never sees a half of a load.
TEST(CrashChild, Loads) {
  const std::string folder = environment("HOTLOAD_CRASH_FOLDER");
  if (folder.empty()) GTEST_SKIP() << "only as the child of the tests below";
  const World world(folder, kind_named(environment("HOTLOAD_CRASH_KIND")));
  const int loads = std::atoi(environment("HOTLOAD_CRASH_LOADS").c_str());
  std::vector<State> states;
  for (int i = 0; i <= loads; ++i) states.push_back(world.expected(i));
  auto workspace = open_workspace(world.lake(), one_thread());
  auto database = workspace->open_or_create_database("main");
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      const State seen = world.actual(*database);
      if (std::find(states.begin(), states.end(), seen) == states.end()) {
        std::ofstream(fs::path(folder) / "violation") << "a reader saw a half of a load\n";
      }
    }
  });
  for (int i = 0; i < loads; ++i) {
    world.run_load(*database, i);
    std::ofstream(fs::path(folder) / "committed", std::ios::app) << i << "\n";
  }
  done = true;
  reader.join();
}

// The child that looks at what another one left: some whole number of loads, not fewer than were
// reported, and after running all of them again every row once.
TEST(CrashChild, Checks) {
  const std::string folder = environment("HOTLOAD_CRASH_CHECK");
  if (folder.empty()) GTEST_SKIP() << "only as a child of test_power_loss.py";
  const World world(folder, kind_named(environment("HOTLOAD_CRASH_KIND")));
  const int loads = std::atoi(environment("HOTLOAD_CRASH_LOADS").c_str());
  auto database = open_workspace(world.lake(), one_thread())->open_or_create_database("main");
  const int committed = static_cast<int>(database->history(0).size());
  EXPECT_GE(committed, static_cast<int>(lines_of(fs::path(folder) / "committed").size()));
  EXPECT_EQ(world.actual(*database), world.expected(committed));
  for (int i = 0; i < loads; ++i) world.run_load(*database, i);
  EXPECT_EQ(world.actual(*database), world.expected(loads));
  for (const ScrubFinding& finding : database->scrub().findings) {
    ADD_FAILURE() << finding.kind << " " << finding.table << ": " << finding.detail;
  }
}

// The child that forks what another one has loaded.
TEST(CrashChild, Forks) {
  const std::string folder = environment("HOTLOAD_CRASH_FORK");
  if (folder.empty()) GTEST_SKIP() << "only as the child of the tests below";
  const World world(folder, kind_named(environment("HOTLOAD_CRASH_KIND")));
  open_workspace(world.lake(), one_thread())->fork_database("main", "fork");
}

// Makes the files of a world for test_power_loss.py.
TEST(CrashChild, Files) {
  const std::string folder = environment("HOTLOAD_CRASH_FILES");
  if (folder.empty()) GTEST_SKIP() << "only as a child of test_power_loss.py";
  World(folder, kind_named(environment("HOTLOAD_CRASH_KIND")))
      .make_files(std::atoi(environment("HOTLOAD_CRASH_LOADS").c_str()));
}

struct Ended {
  bool killed = false;
  std::string last_point;  // the last one that it passed
};

class Crash : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("hotload-crash-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Runs the child in `world` until it ends or is killed.
  Ended run_child(const fs::path& folder, Kind kind, int loads, const std::string& failpoint,
                  int kill_after_ms, const char* task = "HOTLOAD_CRASH_FOLDER") {
    fs::remove(folder / "log");
    const pid_t child = ::fork();
    if (child == 0) {
      ::setenv(task, folder.c_str(), 1);
      ::setenv("HOTLOAD_CRASH_KIND", name_of(kind).c_str(), 1);
      ::setenv("HOTLOAD_CRASH_LOADS", std::to_string(loads).c_str(), 1);
      ::setenv("HOTLOAD_FAILPOINT_LOG", (folder / "log").c_str(), 1);
      if (!failpoint.empty()) ::setenv("HOTLOAD_FAILPOINT", failpoint.c_str(), 1);
      ::freopen((folder / "output").c_str(), "w", stdout);
      ::execl("/proc/self/exe", "tests_crash", "--gtest_filter=CrashChild.*", nullptr);
      ::_exit(127);
    }
    if (kill_after_ms >= 0) {
      // The clock starts when the child begins to load: its start-up is not what is tested.
      while (!fs::exists(folder / "log") && ::waitpid(child, nullptr, WNOHANG) == 0) ::usleep(1000);
      ::usleep(static_cast<useconds_t>(kill_after_ms) * 1000);
      ::kill(child, SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const std::vector<std::string> log = lines_of(folder / "log");
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
      ADD_FAILURE() << "the child failed: " << testing::PrintToString(lines_of(folder / "output"));
    }
    return {WIFSIGNALED(status), log.empty() ? "" : log.back()};
  }

  // The database is as after a whole number of loads, not fewer than were reported.
  int check(const World& world, const fs::path& folder, int loads) {
    auto workspace = open_workspace(world.lake(), one_thread());
    auto database = workspace->open_or_create_database("main");
    const int committed = static_cast<int>(database->history(0).size());
    const std::vector<std::string> reported = lines_of(folder / "committed");
    const std::set<std::string> distinct(reported.begin(), reported.end());
    EXPECT_GE(committed, static_cast<int>(distinct.size()));
    EXPECT_LE(committed, loads);
    EXPECT_EQ(world.actual(*database), world.expected(committed));
    const ScrubReport report = database->scrub();
    for (const ScrubFinding& finding : report.findings) {
      ADD_FAILURE() << finding.kind << " " << finding.table << ": " << finding.detail;
    }
    EXPECT_FALSE(fs::exists(folder / "violation"));
    database.reset();
    workspace.reset();
    close_idle_workspaces();
    return committed;
  }

  // Kills a fresh world at a passing of a point, then has it load the rest. Whether it was killed.
  bool kill_at(Kind kind, const std::string& point, int passing) {
    const std::string place = point + ":" + std::to_string(passing);
    SCOPED_TRACE(name_of(kind) + " killed at " + place);
    const fs::path folder = folder_ / place;
    fs::create_directories(folder);
    const World world(folder, kind);
    world.make_files(kLoads);
    const Ended ended = run_child(folder, kind, kLoads, place, -1);
    if (ended.killed) {
      EXPECT_EQ(ended.last_point, point);
    }
    check(world, folder, kLoads);
    EXPECT_FALSE(run_child(folder, kind, kLoads, "", -1).killed);
    EXPECT_EQ(check(world, folder, kLoads), kLoads);
    fs::remove_all(folder);
    return ended.killed;
  }

  fs::path folder_;
};

class CrashAtPoint : public Crash, public testing::WithParamInterface<Kind> {};

// The passings of a point to die at: in the first load of an empty lake, and in a later one.
std::vector<int> passings(Kind kind, const std::string& point) {
  if (point == "commit.widened") return {1};
  if (kind == Kind::kMixed) return {1, 4};
  return {point.starts_with("publish.") ? 1 : 2};
}

TEST_P(CrashAtPoint, LeavesWholeLoads) {
  const Kind kind = GetParam();
  std::set<std::string> hit;
  for (const std::string& point : points_of(kind)) {
    for (const int passing : passings(kind, point)) {
      if (kill_at(kind, point, passing)) hit.insert(point);
    }
  }
  for (const std::string& point : points_of(kind)) EXPECT_TRUE(hit.contains(point)) << point;
}

INSTANTIATE_TEST_SUITE_P(Kinds, CrashAtPoint, testing::ValuesIn(kAllKinds),
                         [](const auto& info) { return name_of(info.param); });

TEST_F(Crash, AForkIsWholeOrNotThere) {
  const World world(folder_, Kind::kMixed);
  world.make_files(kLoads);
  ASSERT_FALSE(run_child(folder_, Kind::kMixed, kLoads, "", -1).killed);
  for (const std::string point : {"fork.linked:1", "fork.linked:4", "fork.made:1"}) {
    SCOPED_TRACE(point);
    EXPECT_TRUE(run_child(folder_, Kind::kMixed, 0, point, -1, "HOTLOAD_CRASH_FORK").killed);
    EXPECT_EQ(check(world, folder_, kLoads), kLoads);
    auto workspace = open_workspace(world.lake(), one_thread());
    EXPECT_FALSE(workspace->has_database("fork"));
    workspace.reset();
    close_idle_workspaces();
  }
  EXPECT_FALSE(run_child(folder_, Kind::kMixed, 0, "", -1, "HOTLOAD_CRASH_FORK").killed);
  auto workspace = open_workspace(world.lake(), one_thread());
  auto fork = workspace->open_database("fork");
  EXPECT_EQ(world.actual(*fork), world.expected(kLoads));
  EXPECT_TRUE(fork->scrub().findings.empty());
}

// A share of the random kills, so that shares can run side by side.
constexpr int kShares = 4;
class CrashAtRandom : public Crash, public testing::WithParamInterface<int> {
 protected:
  // Where chance has left a point out of a share's part of all points, a kill is aimed at it: the
  // shares together hit every one.
  void aim_at_what_is_missing(const std::map<std::string, int>& fell) {
    const std::vector<std::string> points = points_of(Kind::kMixed);
    for (size_t i = static_cast<size_t>(GetParam()); i < points.size(); i += kShares) {
      if (fell.contains(points[i])) continue;
      std::cout << "  " << points[i] << " 1, aimed" << std::endl;  // or a child would print it too
      EXPECT_TRUE(kill_at(Kind::kMixed, points[i], 1)) << points[i] << " is not passed";
    }
  }
};

TEST_P(CrashAtRandom, LeavesWholeLoads) {
  const std::string all = environment("HOTLOAD_TEST_KILLS");
  const int wanted = (all.empty() ? 200 : std::atoi(all.c_str())) / kShares;
  std::mt19937 random(20260101 + static_cast<unsigned>(GetParam()));
  std::map<std::string, int> fell;
  int counted = 0;
  for (int round = 0; counted < wanted && round < wanted * 4; ++round) {
    // A world serves until all its loads are in.
    const Kind kind = round % 2 == 0 ? Kind::kMixed : kAllKinds[random() % std::size(kAllKinds)];
    const fs::path folder = folder_ / std::to_string(round);
    fs::create_directories(folder);
    const World world(folder, kind);
    constexpr int kMany = 12;
    world.make_files(kMany);
    int committed = 0;
    while (committed < kMany && counted < wanted) {
      SCOPED_TRACE("world " + std::to_string(round) + " of " + name_of(kind));
      const Ended ended = run_child(folder, kind, kMany, "", static_cast<int>(random() % 500));
      if (ended.killed && !ended.last_point.empty() && ended.last_point != "commit.cleared") {
        ++counted;
        ++fell[ended.last_point];
      }
      committed = check(world, folder, kMany);
      if (HasFailure()) return;
    }
    EXPECT_FALSE(run_child(folder, kind, kMany, "", -1).killed);
    EXPECT_EQ(check(world, folder, kMany), kMany);
    fs::remove_all(folder);
  }
  std::cout << counted << " kills between the first stage and the end of the commit, after:\n";
  for (const auto& [point, count] : fell) std::cout << "  " << point << " " << count << "\n";
  std::cout.flush();
  EXPECT_GE(counted, wanted);
  aim_at_what_is_missing(fell);
}

INSTANTIATE_TEST_SUITE_P(Shares, CrashAtRandom, testing::Range(0, kShares));

}  // namespace
}  // namespace hotload::crash
