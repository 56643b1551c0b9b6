// SPDX-License-Identifier: Apache-2.0
// Many threads on one lake: loads, readers, the door. Also run under the thread sanitizer.
#include <atomic>
#include <chrono>
#include <thread>

#include "lake/door.h"
#include "lake/reader_gate.h"
#include "lake/testing.h"

namespace hotload::lake {
namespace {

class ConcurrencyTest : public LakeTest {
 protected:
  template <typename Work>
  static void on_threads(int count, Work work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
  }
  // Staging without the fixture's own connection, which is one thread's.
  static void commit_file(Database& database, const std::string& load_id, const TableSpec& spec,
                          const fs::path& file) {
    auto load = database.open_load({"s", "", load_id});
    load->declare({spec});
    load->stage_file(spec.name, "job", file.string(), {});
    load->commit();
  }
};

TEST_F(ConcurrencyTest, LoadsOfOneDatabaseAllCommit) {
  db().create_schema("s");
  options_.auto_maintenance = true;
  const fs::path file = parquet("SELECT range AS id FROM range(10)");
  on_threads(4, [&](int thread) {
    for (int i = 0; i < 5; ++i) {
      const std::string id = std::to_string(thread) + "-" + std::to_string(i);
      commit_file(db(), id, append_to(i % 2 == 0 ? "shared" : "t" + std::to_string(thread)), file);
    }
  });
  EXPECT_EQ(text("SELECT count(*) FROM s.shared"), "120");
  EXPECT_EQ(db().history(0).size(), 20U);
  expect_sound(db());
}

TEST_F(ConcurrencyTest, OverlappingUpsertsKeepEachKeyOnce) {
  db().create_schema("s");
  const fs::path file = parquet("SELECT range AS id FROM range(100)");
  on_threads(4, [&](int thread) {
    for (int i = 0; i < 3; ++i) {
      commit_file(db(), std::to_string(thread) + "-" + std::to_string(i), upsert_into("t", "id"),
                  file);
    }
  });
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "100");
  EXPECT_EQ(text("SELECT count(DISTINCT id) FROM s.t"), "100");
  expect_sound(db());
}

TEST_F(ConcurrencyTest, OneLoadIsStagedByManyThreadsAndCommittedOnce) {
  db().create_schema("s");
  const fs::path file = parquet("SELECT range AS id FROM range(10)");
  auto load = db().open_load({"s", "", "1"});
  load->declare({append_to("t")});
  on_threads(4, [&](int thread) {
    for (int i = 0; i < 5; ++i) {
      load->stage_file("t", std::to_string(thread * 5 + i), file.string(), {});
      load->stage_file("t", "same for all", file.string(), {});
    }
  });
  std::vector<Receipt> receipts(4);
  on_threads(4, [&](int thread) {
    receipts[static_cast<size_t>(thread)] = db().open_load({"s", "", "1"})->commit();
  });
  for (const Receipt& receipt : receipts) EXPECT_EQ(receipt, receipts[0]);
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "210");
}

TEST_F(ConcurrencyTest, DatabasesDoNotWaitForEachOther) {
  auto other = workspace().create_database("other");
  db().create_schema("s");
  other->create_schema("s");
  run("CREATE TABLE s.t(id BIGINT)");
  auto session = db().open_session({});
  session->begin();
  rows(*session, "INSERT INTO s.t VALUES (1)");  // in the door of "main"
  load(*other, "1", append_to("t"), "SELECT 1 AS id");
  session->rollback();
  EXPECT_EQ(text(*other, "SELECT count(*) FROM s.t"), "1");
}

TEST_F(ConcurrencyTest, ReadersSeeWholeLoadsWhileMaintenanceRuns) {
  load("first", append_to("t"), "SELECT range AS id FROM range(10)");
  const fs::path file = parquet("SELECT range AS id FROM range(10)");
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::thread reader([&] {
    while (!done) {
      auto session = db().open_session({});
      ArrowStream stream = session->query("SELECT id FROM s.t", {});
      int64_t count = 0;
      ArrowArray batch{};
      while (stream.get()->get_next(stream.get(), &batch) == 0 && batch.release != nullptr) {
        count += batch.length;
        batch.release(&batch);
      }
      if (stream.get()->get_last_error(stream.get()) != nullptr || count % 10 != 0) ++torn;
    }
  });
  std::thread keeper([&] {
    MaintenanceOptions options;
    options.grace_seconds = 0;
    while (!done) db().maintain(options);
  });
  EXPECT_NO_THROW({
    for (int i = 0; i < 20; ++i) commit_file(db(), std::to_string(i), append_to("t"), file);
  });
  done = true;
  reader.join();
  keeper.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "210");
  expect_sound(db());
}

TEST_F(ConcurrencyTest, DatabasesAreMadeAndForkedAtOnce) {
  load("1", append_to("t"), "SELECT 1 AS id");
  std::atomic<int> made = 0;
  on_threads(4, [&](int thread) {
    try {
      workspace().fork_database("main", "fork");
      ++made;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kAlreadyExists) << error.what();
    }
    workspace().open_or_create_database("d" + std::to_string(thread % 2));
  });
  EXPECT_EQ(made, 1);
  EXPECT_THAT(workspace().list_databases(), ::testing::ElementsAre("d0", "d1", "fork", "main"));
}

TEST(ConcurrencyDoor, LetsWritersInOneByOneInTheirOrder) {
  Door door;
  door.enter("first", 1000);
  std::vector<int> order;
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&, i] {
      DoorPass pass(door, "writer", 10'000);
      order.push_back(i);  // alone in here
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  door.leave();
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(order, ::testing::ElementsAre(0, 1, 2, 3, 4));
}

TEST(ConcurrencyDoor, NamesWhoIsInsideWhenTimeIsUp) {
  Door door;
  DoorPass inside(door, "load 7 of shop", 1000);
  const auto enter = [&] { DoorPass pass(door, "load 8 of shop", 20); };
  EXPECT_EQ(code_of(enter), ErrorCode::kTimeout);
  EXPECT_THAT(message_of(enter), ::testing::HasSubstr("load 7 of shop"));
  EXPECT_FALSE(door.try_enter("maintenance"));
}

TEST(ConcurrencyDoor, OneWhoGaveUpDoesNotBlockTheNext) {
  Door door;
  door.enter("first", 1000);
  std::thread impatient(
      [&] { EXPECT_EQ(code_of([&] { door.enter("a", 30); }), ErrorCode::kTimeout); });
  std::thread patient([&] { DoorPass pass(door, "b", 10'000); });
  impatient.join();
  door.leave();
  patient.join();
  EXPECT_TRUE(door.try_enter("next"));
}

TEST(ConcurrencyReaderGate, FilesGoOnlyWhileNobodyReads) {
  ReaderGate gate;
  auto reader = gate.enter();
  EXPECT_FALSE(gate.run_alone([] { FAIL(); }));
  std::thread([reader = std::move(reader)]() mutable { reader.reset(); }).join();
  bool ran = false;
  EXPECT_TRUE(gate.run_alone([&] { ran = true; }));
  EXPECT_TRUE(ran);
  EXPECT_ANY_THROW(gate.run_alone([] { throw Error(ErrorCode::kIo, "x"); }));
  EXPECT_NE(gate.enter(), nullptr) << "the gate is open again";
}

}  // namespace
}  // namespace hotload::lake
