// SPDX-License-Identifier: Apache-2.0
// Transactions that make and alter tables while the engine forgets what it has read of the schema.
#include <malloc.h>

#include "lake/testing.h"

namespace hotload::lake {
namespace {

class SchemaPinTest : public LakeTest {
 protected:
  SchemaPinTest() {
    options_.memory_limit_bytes = int64_t{256} << 20;
    ::mallopt(M_PERTURB, 165);  // who reads what was freed does not find it as it was
  }
  ~SchemaPinTest() override { ::mallopt(M_PERTURB, 0); }

  // One query takes all memory that there is, and fails.
  void run_short_of_memory() {
    const std::shared_ptr<engine::Connection> connection = lake()->connect();
    EXPECT_EQ(code_of([&] { connection->run("SELECT len(list(range)) FROM range(100000000)"); }),
              ErrorCode::kExhausted);
  }
  int64_t bytes_of_schemas() {
    return lake()->connect()->integer(
        "SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'OBJECT_CACHE'");
  }
};

TEST_F(SchemaPinTest, ATransactionOutlivesAShortageOfMemory) {
  load("1", append_to("t"), "SELECT 1::BIGINT AS id");
  auto session = db().open_session({});
  session->begin();
  rows(*session, "CREATE TABLE s.made(id BIGINT)");
  rows(*session, "ALTER TABLE s.t ADD COLUMN added INTEGER");
  run_short_of_memory();
  ASSERT_EQ(bytes_of_schemas(), 0);
  rows(*session, "INSERT INTO s.made VALUES (1)");
  rows(*session, "CREATE TABLE s.made_later(id BIGINT)");
  run_short_of_memory();
  rows(*session, "INSERT INTO s.t VALUES (2, 3)");
  rows(*session, "ALTER TABLE s.made ADD COLUMN added INTEGER");
  session->commit();
  EXPECT_EQ(text("SELECT sum(id)::VARCHAR || ' ' || sum(added) FROM s.t"), "3 3");
  EXPECT_EQ(text("SELECT id || ' ' || coalesce(added, 0) FROM s.made"), "1 0");
  EXPECT_EQ(text("SELECT count(*) FROM s.made_later"), "0");
  expect_sound(db());
}

TEST_F(SchemaPinTest, AStreamOutlivesAShortageOfMemory) {
  load("1", append_to("t"), "SELECT range AS id, 'x' || range AS v FROM range(300000)");
  run("DELETE FROM s.t WHERE id % 7 = 0");
  auto session = db().open_session({});
  ArrowStream stream = session->query("SELECT id, v FROM s.t WHERE id % 2 = 1", {});
  ArrowArray batch{};
  ASSERT_EQ(stream.get()->get_next(stream.get(), &batch), 0);
  const int64_t first = batch.length;
  batch.release(&batch);
  run_short_of_memory();
  tool_.scan_stream("answer", stream.get());
  EXPECT_EQ(first + tool_.integer("SELECT count(*) FROM answer WHERE v = 'x' || id"), 128571);
}

}  // namespace
}  // namespace hotload::lake
