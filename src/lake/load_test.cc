// SPDX-License-Identifier: Apache-2.0
// Loads on a real lake: staging, resuming, committing once.
#include "lake/load.h"

#include "lake/layout.h"
#include "lake/testing.h"

namespace hotload::lake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LoadTest : public LakeTest {
 protected:
  // A load into "s" that takes the columns of these tables from what is staged.
  std::unique_ptr<Load> open_load(const LoadKey& key, const std::vector<std::string>& tables) {
    db().create_schema("s");
    auto load = db().open_load(key);
    std::vector<TableSpec> specs;
    for (const std::string& table : tables) specs.push_back(append_to(table));
    load->declare(specs);
    return load;
  }
};

TEST_F(LoadTest, AppendAddsReplaceExchangesMergeUpdates) {
  load("1", append_to("t"), "SELECT range AS id, 'a' AS v FROM range(10)");
  load("2", append_to("t"), "SELECT range AS id, 'b' AS v FROM range(10)");
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "20");
  TableSpec replace = append_to("t");
  replace.disposition = Disposition::kReplace;
  load("3", replace, "SELECT range AS id, 'c' AS v FROM range(5)");
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "5");
  const Receipt receipt =
      load("4", upsert_into("t", "id"), "SELECT range AS id, 'd' AS v FROM range(3, 8)");
  EXPECT_EQ(text("SELECT string_agg(v, '' ORDER BY id) FROM s.t"), "cccddddd");
  ASSERT_THAT(receipt.tables, SizeIs(1));
  EXPECT_EQ(receipt.tables[0].updated, 2);
  EXPECT_EQ(receipt.tables[0].inserted, 3);
  expect_sound(db());
}

TEST_F(LoadTest, FilesAreAdoptedUnderPathsThatMoveWithTheLake) {
  const Receipt receipt = load("1", append_to("t"), "SELECT range AS id FROM range(10)");
  EXPECT_EQ(receipt.tables.at(0).adopted, 1);
  load("2", append_to("odd / name"), "SELECT range AS id FROM range(10)");
  load("3", append_to("odd / name"), "SELECT range AS id FROM range(10)");
  for (const CatalogFile& file : files()) EXPECT_TRUE(file.relative) << file.path;
  EXPECT_EQ(text("SELECT count(*) FROM s.\"odd / name\""), "20");
}

TEST_F(LoadTest, CrumbsAreInsertedAndCountAsFiles) {
  options_.adopt_from_bytes = 1 << 20;
  open();
  for (const char* id : {"1", "2"}) {
    const TableReceipt table =
        load(id, append_to("t"), "SELECT range AS id, 'a' AS v FROM range(10)").tables.at(0);
    EXPECT_EQ(table.inserted, 10);
    EXPECT_EQ(table.adopted, 0);
    EXPECT_EQ(table.files, 1);
    EXPECT_GT(table.size_bytes, 0);
  }
  const TableReceipt merged =
      load("3", upsert_into("t", "id"), "SELECT range AS id, 'b' AS v FROM range(5)").tables.at(0);
  EXPECT_EQ(merged.files, 1) << "files of deleted rows are no data files";
  EXPECT_EQ(text("SELECT string_agg(v, '' ORDER BY id) FROM s.t"), "bbbbbaaaaaaaaaa");
  expect_sound(db());
}

TEST_F(LoadTest, TheCallersFileIsNeitherMovedNorShared) {
  const fs::path file = parquet("SELECT range AS id FROM range(10)");
  auto load = open_load({"s", "", "1"}, {"t"});
  load->stage_file("t", "job", file.string(), {});
  EXPECT_EQ(fs::hard_link_count(file), 1U);
  fs::remove(file);
  load->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "10");
}

TEST_F(LoadTest, FilesTellTheirColumns) {
  auto load = open_load({"s", "", "1"}, {});
  const fs::path typed = parquet("SELECT 1::INTEGER AS id, 1::FLOAT AS f, [1] AS l");
  EXPECT_THAT(
      load->file_columns(typed.string(), {}),
      ElementsAre(Column{"id", "INTEGER"}, Column{"f", "DOUBLE"}, Column{"l", "INTEGER[]"}));
  const fs::path csv = text_file("id,born\n1,2026-01-31\n", ".csv");
  EXPECT_THAT(load->file_columns(csv.string(), {.format = FileFormat::kCsv}),
              ElementsAre(Column{"id", "BIGINT"}, Column{"born", "DATE"}));
  EXPECT_THAT(load->staged(), IsEmpty());
}

TEST_F(LoadTest, SourceFiltersAskTheTable) {
  load("1", append_to("t"), "SELECT range AS id, 'a' AS v FROM range(5)");
  TableSpec update = upsert_into("t", "id");
  update.source_filter = "id IN (SELECT id FROM {table})";
  const Receipt receipt = load("2", update, "SELECT range AS id, 'b' AS v FROM range(3, 8)");
  EXPECT_EQ(text("SELECT string_agg(v, '' ORDER BY id) FROM s.t"), "aaabb");
  EXPECT_EQ(receipt.tables.at(0).updated, 2);
  EXPECT_EQ(receipt.tables.at(0).inserted, 0);
}

TEST_F(LoadTest, ScopesDeleteTheKeysOfABatchThatIsNotInserted) {
  load("1", append_to("t"), "SELECT range AS id, range % 2 AS k, 'a' AS v FROM range(5)");
  TableSpec spec = append_to("t");
  spec.disposition = Disposition::kMerge;
  spec.destination_scope = "(id, k) IN (SELECT (id, k) FROM {staging_table})";
  spec.source_filter = "false";
  load("2", spec, "SELECT * FROM (VALUES (1, 1), (2, 1), (4, 0)) AS b(id, k)");
  EXPECT_EQ(text("SELECT string_agg(id::VARCHAR, ',' ORDER BY id) FROM s.t"), "0,2,3");
}

TEST_F(LoadTest, AColumnThatBecameNotNullIsCheckedByTheCommit) {
  load("1", append_to("t"), "SELECT range AS id, 'a' AS v FROM range(5)");
  const auto stage = [&](const std::string& load_id, TableSpec spec, const std::string& sql) {
    spec.columns = {{"id", "BIGINT"}, {"v", "VARCHAR", false}};
    auto load = db().open_load({"s", "", load_id});
    load->declare({spec});
    load->stage_file("t", "job", parquet(sql).string(), {});
    return load;
  };
  auto with_null = stage("2", append_to("t"), "SELECT 7::BIGINT AS id, NULL::VARCHAR AS v");
  auto upsert = stage("3", upsert_into("t", "id"), "SELECT 9::BIGINT AS id, NULL::VARCHAR AS v");
  auto without = stage("4", append_to("t"), "SELECT range AS id, 'b' AS v FROM range(5)");
  run("ALTER TABLE s.t ALTER v SET NOT NULL");
  auto checked = stage("5", append_to("t"), "SELECT range AS id, 'c' AS v FROM range(5)");
  EXPECT_EQ(code_of([&] { with_null->commit(); }), ErrorCode::kConstraint);
  EXPECT_EQ(code_of([&] { upsert->commit(); }), ErrorCode::kConstraint);
  EXPECT_EQ(without->commit().tables.at(0).adopted, 1);
  EXPECT_EQ(checked->commit().tables.at(0).adopted, 1);
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE v IS NULL"), "0");
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "15");
  run("ALTER TABLE s.t ALTER v DROP NOT NULL");
  with_null->commit();
  EXPECT_EQ(text("SELECT id FROM s.t WHERE v IS NULL"), "7");
}

TEST_F(LoadTest, AJobStagedTwiceCountsOnce) {
  auto load = staged(db(), "1", append_to("t"), "SELECT range AS id FROM range(10)");
  const fs::path again = parquet("SELECT range AS id FROM range(10)");
  load->stage_file("t", "job", again.string(), {});
  EXPECT_THAT(load->staged(), SizeIs(1));
  load->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "10");
}

TEST_F(LoadTest, ANewProcessContinuesALoad) {
  staged(db(), "1", append_to("t"), "SELECT range AS id FROM range(10)").reset();
  open();
  const std::vector<PendingLoad> pending = db().pending_loads();
  ASSERT_THAT(pending, SizeIs(1));
  EXPECT_EQ(pending[0].key, (LoadKey{"s", "", "1"}));
  EXPECT_EQ(pending[0].jobs, 1);
  auto load = db().open_load({"s", "", "1"});
  ASSERT_THAT(load->staged(), SizeIs(1));
  EXPECT_EQ(load->staged()[0].rows, 10);
  load->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "10");
  EXPECT_THAT(db().pending_loads(), IsEmpty());
}

TEST_F(LoadTest, CommittingAgainReturnsTheSameReceiptAndChangesNothing) {
  auto load = staged(db(), "1", append_to("t"), "SELECT range AS id FROM range(10)");
  const Receipt receipt = load->commit();
  EXPECT_EQ(load->commit(), receipt);
  const int64_t snapshots = std::stoll(
      text("SELECT count(*) FROM s.t AT (VERSION => " + std::to_string(receipt.snapshot) + ")"));
  EXPECT_EQ(snapshots, 10);
  open();
  auto again = staged(db(), "1", append_to("t"), "SELECT range AS id FROM range(99)");
  EXPECT_EQ(again->receipt(), receipt);
  EXPECT_EQ(again->commit(), receipt);
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "10");
  EXPECT_THAT(db().history(0), ElementsAre(receipt));
  EXPECT_THAT(db().pending_loads(), IsEmpty());
}

TEST_F(LoadTest, WhatACrashLeavesOfACommittedLoadIsNotPending) {
  auto load = staged(db(), "1", append_to("t"), "SELECT 1 AS id");
  const fs::path staging = lake()->staging_folder();
  fs::copy(staging, staging.string() + ".copy", fs::copy_options::recursive);
  load->commit();
  load.reset();
  remove_quietly(staging);
  fs::rename(staging.string() + ".copy", staging);
  open();
  EXPECT_THAT(db().pending_loads(), SizeIs(0));
  EXPECT_TRUE(db().open_load({"s", "", "1"})->receipt());
  EXPECT_TRUE(fs::is_empty(staging));
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1");
}

TEST_F(LoadTest, LoadsOfDifferentSchemaNamesAreDifferent) {
  for (const char* schema_name : {"", "one", "two"}) {
    auto load = open_load({"s", schema_name, "1"}, {"t"});
    load->stage_file("t", "job", parquet("SELECT 1 AS id").string(), {});
    load->commit();
  }
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "3");
  EXPECT_THAT(db().history(2), SizeIs(2));
}

TEST_F(LoadTest, AbortLeavesNothing) {
  auto load = staged(db(), "1", append_to("t"), "SELECT range AS id FROM range(10)");
  load->abort();
  EXPECT_THAT(db().pending_loads(), IsEmpty());
  EXPECT_TRUE(fs::is_empty(lake()->staging_folder()));
  EXPECT_THAT(db().list_tables("s"), IsEmpty());
  staged(db(), "1", append_to("t"), "SELECT range AS id FROM range(3)")->commit();
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "3");
}

TEST_F(LoadTest, NothingIsVisibleBeforeTheCommit) {
  load("1", append_to("t"), "SELECT 1 AS id");
  auto load = staged(db(), "2", append_to("t"), "SELECT 2 AS id");
  load->truncate_tables({"t"});
  load->insert_rows({{"t", {"id"}, {"7"}}});
  EXPECT_EQ(text("SELECT string_agg(id) FROM s.t"), "1");
  load->commit();
  EXPECT_EQ(text("SELECT string_agg(id ORDER BY id) FROM s.t"), "2,7");
}

TEST_F(LoadTest, ARowIsNotRounded) {
  load("1", append_to("t"), "SELECT 3 AS id, 0.5::DECIMAL(10,2) AS part");
  auto deleting = db().open_load({"s", "", "2"});
  deleting->delete_rows({{"t", "id", "2.7"}});
  EXPECT_EQ(code_of([&] { deleting->commit(); }), ErrorCode::kTypeMismatch);
  auto inserting = db().open_load({"s", "", "3"});
  inserting->insert_rows({{"t", {"id", "part"}, {"4", "0.505"}}});
  EXPECT_THAT(message_of([&] { inserting->commit(); }),
              ::testing::HasSubstr("column 'part' is DECIMAL(10,2), which cannot hold the value"));
  EXPECT_EQ(text("SELECT string_agg(id) FROM s.t"), "3");
  auto exact = db().open_load({"s", "", "4"});
  exact->delete_rows({{"t", "id", "3.0"}});
  exact->insert_rows({{"t", {"id", "part"}, {"5", "0.500"}}});
  exact->commit();
  EXPECT_EQ(text("SELECT id || ' ' || part FROM s.t"), "5 0.50");
}

TEST_F(LoadTest, PublishedSchemasShowEarlyUnlessTablesAreDropped) {
  db().create_schema("s");
  auto load = db().open_load({"s", "", "1"});
  TableSpec spec = append_to("t");
  spec.columns = {{"id", "BIGINT", false}, {"v", "VARCHAR", true}};
  TableSpec version = append_to("_dlt_version");
  version.columns = {{"n", "BIGINT", true}};
  load->declare({spec, version});
  EXPECT_TRUE(load->publish_schema({{"_dlt_version", {"n"}, {"5"}}}));
  EXPECT_TRUE(db().columns("s", "t").has_value());
  EXPECT_EQ(text("SELECT n FROM s._dlt_version"), "5");
  load->commit();

  auto dropping = db().open_load({"s", "", "2"});
  dropping->drop_tables({"t"});
  spec.columns = {{"other", "BIGINT", true}};
  dropping->declare({spec});
  EXPECT_FALSE(dropping->publish_schema({}));
  EXPECT_EQ(db().columns("s", "t")->at(0).name, "id");
  dropping->stage_file("t", "job", parquet("SELECT 1::BIGINT AS other").string(), {});
  dropping->commit();
  EXPECT_EQ(db().columns("s", "t")->at(0).name, "other");
  EXPECT_EQ(text("SELECT other FROM s.t"), "1");
}

TEST_F(LoadTest, ColumnsWidenAndAreAdded) {
  load("1", append_to("t"), "SELECT 1::INTEGER AS id");
  load("2", append_to("t"), "SELECT 5000000000::BIGINT AS id, 'x' AS more");
  load("3", append_to("t"), "SELECT 3::SMALLINT AS id");
  EXPECT_EQ(text("SELECT sum(id) FROM s.t"), "5000000004");
  EXPECT_EQ(text("SELECT count(more) FROM s.t"), "1");
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id > 4"), "1") << "statistics after widening";
  EXPECT_EQ(text("SELECT count(*) FROM s.t WHERE id < 2"), "1");
  expect_sound(db());
}

TEST_F(LoadTest, AnEmptyLoadCommitsToo) {
  db().create_schema("s");
  auto load = db().open_load({"s", "", "1"});
  const Receipt receipt = load->commit();
  EXPECT_THAT(receipt.tables, IsEmpty());
  EXPECT_THAT(db().history(0), SizeIs(1));
}

TEST_F(LoadTest, EmptyFilesAreLoadsOfNoRows) {
  const Receipt receipt = load("1", append_to("t"), "SELECT 1 AS id WHERE false");
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "0");
  EXPECT_TRUE(receipt.tables.empty() || receipt.tables[0].inserted == 0);
  expect_sound(db());
}

TEST_F(LoadTest, StreamsAreStagedFromArrow) {
  auto load = open_load({"s", "", "1"}, {"t"});
  auto session = db().open_session({});
  const StagedFile file = load->stage_stream(
      "t", "job", session->query("SELECT range AS id, [range] AS l FROM range(100000)", {}));
  EXPECT_EQ(file.rows, 100000);
  load->commit();
  EXPECT_EQ(text("SELECT sum(id) FROM s.t"), "4999950000");
}

TEST_F(LoadTest, ALoadIntoAnUnknownTableSaysSo) {
  db().create_schema("s");
  auto load = db().open_load({"s", "", "1"});
  TableSpec child = append_to("child");
  child.columns = {{"id", "BIGINT", true}};
  child.parent = "nobody";
  EXPECT_EQ(code_of([&] { load->declare({child}); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { db().open_load({"s", "", ""}); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { db().open_load({"_hotload", "", "1"}); }), ErrorCode::kInvalidArgument);
}

TEST_F(LoadTest, FiveHundredTablesCommitTogether) {
  std::vector<std::string> tables;
  for (int i = 0; i < 500; ++i) tables.push_back("t" + std::to_string(i));
  auto load = open_load({"s", "", "1"}, tables);
  const std::string file = parquet("SELECT range AS id FROM range(10)").string();
  for (const std::string& table : tables) load->stage_file(table, "job", file, {});
  const Receipt receipt = load->commit();
  EXPECT_THAT(receipt.tables, SizeIs(500));
  EXPECT_THAT(db().list_tables("s"), SizeIs(500));
  EXPECT_EQ(db().list_tables("s")[7].rows, 10);
}

}  // namespace
}  // namespace hotload::lake
