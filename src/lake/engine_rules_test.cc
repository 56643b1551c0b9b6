// SPDX-License-Identifier: Apache-2.0
// The engine's faults that the lake works round. Each test shows the fault on the bare engine: when
// a newer engine mends it, the test fails, and the rule it names may go. Beside it stands what the
// lake answers.
#include "lake/foreign_files_testing.h"
#include "lake/testing.h"

namespace hotload::lake {
namespace {

class EngineRulesTest : public LakeTest {
 protected:
  EngineRulesTest() {
    make_directories(folder_ / "bare" / "data" / "main" / "t");
    bare_.run("ATTACH 'ducklake:" + (folder_ / "bare" / "c.ducklake").string() +
              "' AS bare (DATA_PATH '" + (folder_ / "bare" / "data").string() +
              "/', DATA_INLINING_ROW_LIMIT 0); USE bare");
  }
  fs::path adopt(const std::string& select, const std::string& options = "") {
    const fs::path path = folder_ / "bare" / "data" / "main" / "t" / (random_hex() + ".parquet");
    bare_.run("COPY (" + select + ") TO '" + path.string() + "' (FORMAT parquet" + options + ")");
    bare_.run("CALL ducklake_add_data_files('bare', 't', '" + path.string() +
              "', allow_missing => true)");
    return path;
  }
  // Stages and commits the file as load `load_id`.
  StagedFile stage_hex(const std::string& table, const std::string& load_id, const char* hex) {
    db().create_schema("s");
    auto load = db().open_load({"s", "", load_id});
    load->declare({append_to(table)});
    const fs::path file = write_hex(folder_ / "in" / (load_id + ".parquet"), hex);
    const StagedFile staged = load->stage_file(table, "job", file.string(), {});
    load->commit();
    return staged;
  }
  // Rows that a filter finds when the engine may prune, and when it may not.
  void expect_pruning_is_right(const std::string& column, const std::string& condition) {
    const std::string count = "SELECT count(*) FROM ";
    const std::string hidden =
        "(SELECT unnest([" + column + "]) AS " + column + " FROM s.t) WHERE " + condition;
    EXPECT_EQ(text(count + "s.t WHERE " + condition), text(count + hidden)) << condition;
  }

  engine::Instance engine_{
      {.memory_limit_bytes = 0, .threads = 0, .temp_directory = {}, .extensions = {"ducklake"}}};
  engine::Connection bare_{engine_};
};

// Rule: a widening has a transaction of its own.
TEST_F(EngineRulesTest, WideningBesideNewRowsLosesStatistics) {
  bare_.run("CREATE TABLE t(id INTEGER)");
  adopt("SELECT 1::INTEGER AS id");
  bare_.run("BEGIN; ALTER TABLE t ALTER id TYPE BIGINT");
  adopt("SELECT 5000000000::BIGINT AS id");
  bare_.run("COMMIT");
  adopt("SELECT 3::BIGINT AS id");
  EXPECT_EQ(bare_.integer("SELECT count(*) FROM t WHERE id > 4"), 0) << "mended; it is 1 row";

  load("1", append_to("t"), "SELECT 1::INTEGER AS id");
  load("2", append_to("t"), "SELECT 5000000000::BIGINT AS id");
  load("3", append_to("t"), "SELECT 3::BIGINT AS id");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id > 4"), "1");
  expect_pruning_is_right("id", "id < 2");
}

// Rule: a file that lacks a column is inserted, not adopted.
TEST_F(EngineRulesTest, AnAdoptedFileWithoutAColumnHidesItsNulls) {
  bare_.run("CREATE TABLE t(id INTEGER, x INTEGER)");
  adopt("SELECT 3 AS id, 5 AS x");
  adopt("SELECT 4 AS id");
  EXPECT_EQ(bare_.integer("SELECT count(*) FROM t WHERE x IS NULL"), 0) << "mended; it is 1 row";

  load("1", append_to("t"), "SELECT 3 AS id, 5 AS x");
  load("2", append_to("t"), "SELECT 4 AS id");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE x IS NULL"), "1");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE x IS NOT NULL"), "1");
}

// Rule: foreign files with NaN are rewritten: their statistics may leave it out.
TEST_F(EngineRulesTest, NaNOutsideOfAnAdoptedFilesStatisticsIsPruned) {
  bare_.run("CREATE TABLE t(x DOUBLE)");
  const fs::path file =
      write_hex(folder_ / "bare" / "data" / "main" / "t" / "nan.parquet", kNaNOutsideOfStatistics);
  bare_.run("CALL ducklake_add_data_files('bare', 't', '" + file.string() + "')");
  EXPECT_EQ(bare_.integer("SELECT count(*) FROM t WHERE x > 100"), 0) << "mended; it is 1 row";

  const StagedFile staged = stage_hex("t", "1", kNaNOutsideOfStatistics);
  EXPECT_FALSE(staged.adoptable);
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE x > 100"), "1");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE isnan(x)"), "1");
}

// Rule: so are those with NaN in a field of a struct, which filters reach too.
TEST_F(EngineRulesTest, NaNInAStructIsFound) {
  tool_.run("CREATE TABLE n AS SELECT {'x': 'nan'::DOUBLE, 'y': {'z': 'nan'::DOUBLE}} AS c");
  db().create_schema("s");
  auto load = db().open_load({"s", "", "1"});
  load->declare({append_to("t")});
  const fs::path file = parquet(
      "SELECT id, CASE WHEN id = 5 THEN c ELSE {'x': 1.0, 'y': {'z': 1.0}} END AS c "
      "FROM n, (SELECT range AS id FROM range(250000)) ORDER BY id");
  EXPECT_FALSE(load->stage_file("t", "job", file.string(), {}).adoptable);
  load->commit();
  EXPECT_EQ(text("SELECT id FROM s.t WHERE c.x > 100"), "5");
  EXPECT_EQ(text("SELECT id FROM s.t WHERE c.y.z > 100"), "5");
}

// Rule: what the engine itself writes of a table with NaN has one row group a file.
TEST_F(EngineRulesTest, NaNInTheFirstOfSeveralRowGroupsIsForgotten) {
  const std::string rows =
      "SELECT range AS id, CASE WHEN range = 5 THEN 'nan'::DOUBLE ELSE 1.0 END AS x "
      "FROM range(250000)";
  bare_.run("CREATE TABLE t AS " + rows);
  EXPECT_EQ(bare_.integer("SELECT count(*) FROM t WHERE x > 100"), 0) << "mended; it is 1 row";

  TableSpec spec = append_to("parted");
  spec.partition = {{"identity", "p"}};
  load("1", spec, "SELECT *, 'a' AS p FROM (" + rows + ")");
  EXPECT_EQ(text("SELECT id FROM s.parted WHERE x > 100"), "5");
  spec = append_to("sorted");
  spec.sort = {{"id"}};
  load("2", spec, rows);
  EXPECT_EQ(text("SELECT id FROM s.sorted WHERE x > 100"), "5");
  load("3", append_to("t"), rows);
  EXPECT_EQ(text("SELECT id FROM s.t WHERE x > 100"), "5");
  load("4", append_to("by_sql"), "SELECT 1::BIGINT AS id, 1.0::DOUBLE AS x");
  auto load = db().open_load({"s", "", "5"});
  load->run_sql({"a", "INSERT INTO by_sql " + rows});
  load->commit();
  EXPECT_EQ(text("SELECT id FROM s.by_sql WHERE x > 100"), "5");
  db().undo("3");
  db().undo("undo:3");
  EXPECT_EQ(text("SELECT id FROM s.t WHERE x > 100"), "5");
  expect_sound(db());
}

// Rule: files without statistics are rewritten when they are staged.
TEST_F(EngineRulesTest, AnUnknownRangeIsTakenForNone) {
  bare_.run("CREATE TABLE t(i BIGINT)");
  const fs::path file =
      write_hex(folder_ / "bare" / "data" / "main" / "t" / "n.parquet", kNoStatistics);
  bare_.run("CALL ducklake_add_data_files('bare', 't', '" + file.string() + "')");
  adopt("SELECT 3::BIGINT AS i");
  EXPECT_EQ(bare_.integer("SELECT count(*) FROM t WHERE i > 50"), 0) << "mended; it is 1 row";

  EXPECT_FALSE(stage_hex("t", "1", kNoStatistics).adoptable);
  load("2", append_to("t"), "SELECT 3::BIGINT AS i");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE i > 50"), "1");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE i < 3"), "1");
}

// Rule: NOT NULL is checked while the job is staged.
TEST_F(EngineRulesTest, AdoptingDoesNotCheckNotNull) {
  bare_.run("CREATE TABLE t(id INTEGER NOT NULL)");
  EXPECT_NO_THROW(adopt("SELECT NULL::INTEGER AS id")) << "mended";

  db().create_schema("s");
  auto load = db().open_load({"s", "", "1"});
  TableSpec spec = append_to("t");
  spec.columns = {{"id", "INTEGER", false}};
  load->declare({spec});
  EXPECT_EQ(code_of([&] {
              load->stage_file("t", "job", parquet("SELECT NULL::INTEGER AS id").string(), {});
            }),
            ErrorCode::kConstraint);
  EXPECT_TRUE(load->staged().empty());
}

// Rule: a lake owns each file that it adopts, under a name of its own.
TEST_F(EngineRulesTest, AFileIsAdoptedTwice) {
  bare_.run("CREATE TABLE t(id INTEGER)");
  const fs::path file = adopt("SELECT 1 AS id");
  bare_.run("CALL ducklake_add_data_files('bare', 't', '" + file.string() + "')");
  EXPECT_EQ(bare_.integer("SELECT count(*) FROM t"), 2) << "mended";
}

// Rule: adopted files lie in their table's folder.
TEST_F(EngineRulesTest, AdoptedFilesElsewhereHaveFullPaths) {
  bare_.run("CREATE TABLE t(id INTEGER)");
  const fs::path file = folder_ / "bare" / "data" / "elsewhere.parquet";
  bare_.run("COPY (SELECT 1 AS id) TO '" + file.string() + "'");
  bare_.run("CALL ducklake_add_data_files('bare', 't', '" + file.string() + "')");
  EXPECT_EQ(bare_.text("SELECT path FROM __ducklake_metadata_bare.ducklake_data_file"),
            file.string())
      << "mended";
}

// Rule: persistent secrets are off before the door shuts.
TEST_F(EngineRulesTest, BehindAShutDoorOnlyTheFirstLakeAttaches) {
  engine::Instance instance(
      {.memory_limit_bytes = 0, .threads = 0, .temp_directory = {}, .extensions = {"ducklake"}});
  engine::Connection shut(instance);
  shut.run("SET allowed_directories = ['" + (folder_ / "").string() + "']");
  shut.run("SET enable_external_access = false");
  const auto attach = [&](const std::string& name) {
    make_directories(folder_ / name);
    shut.run("ATTACH 'ducklake:" + (folder_ / name / "c.ducklake").string() + "' AS " + name +
             " (DATA_PATH '" + (folder_ / name / "data").string() + "/')");
  };
  attach("one");
  EXPECT_ANY_THROW(attach("two")) << "mended";
}

// Rule: sessions that began before a compaction do not write; see MaintainTest.
// Rule: one engine alone opens a catalog; two lakes are never written in one transaction.
TEST_F(EngineRulesTest, OneTransactionCannotWriteTwoLakes) {
  make_directories(folder_ / "other");
  bare_.run("ATTACH 'ducklake:" + (folder_ / "other" / "c.ducklake").string() +
            "' AS other (DATA_PATH '" + (folder_ / "other" / "data").string() + "/')");
  bare_.run(
      "CREATE TABLE t(id INTEGER); CREATE TABLE other.t(id INTEGER); BEGIN; INSERT INTO t VALUES "
      "(1)");
  EXPECT_ANY_THROW(bare_.run("INSERT INTO other.t VALUES (1); COMMIT")) << "mended";
}

// The engine's own writer always gives a range, so that what it writes is adopted.
TEST_F(EngineRulesTest, TheEnginesOwnFilesHaveStatistics) {
  EXPECT_EQ(load("1", append_to("t"),
                 "SELECT 1 AS i, 'a' AS v, NULL::DATE AS d, true AS b, 1.5::DOUBLE AS x, "
                 "now() AS at, 1.5::DECIMAL(18, 3) AS m, [1, 2] AS l, {'f': 1} AS r")
                .tables.at(0)
                .adopted,
            1);
}

}  // namespace
}  // namespace hotload::lake
