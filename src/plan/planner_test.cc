// SPDX-License-Identifier: Apache-2.0
// The texts of plans. What they do to a lake is tested in tests/plan.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hotload/error.h"
#include "plan/append.h"
#include "plan/plan.h"

namespace hotload::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<Column> kColumns{{"id", "BIGINT"}, {"name", "VARCHAR"}};

StagedInput file(const std::string& path, std::vector<Column> columns = kColumns,
                 int64_t size_bytes = 1000) {
  return {path, 10, size_bytes, std::move(columns), true};
}

TableSpec spec(const std::string& name, Disposition disposition = Disposition::kAppend) {
  TableSpec spec;
  spec.name = name;
  spec.columns = kColumns;
  spec.disposition = disposition;
  return spec;
}

Input input_of(const std::vector<TableSpec>& specs) {
  Input input{.catalog = "c", .schema = "s", .scratch_dir = "/x"};
  input.load_time = "2026-01-31T12:00:00.123456Z";
  for (const TableSpec& one : specs) input.specs[one.name] = one;
  return input;
}

// Steps as short lines: "adopt t /p", "write t 0.parquet: ...", "t: SQL".
std::vector<std::string> lines(const std::vector<Step>& steps) {
  std::vector<std::string> out;
  for (const Step& step : steps) {
    if (step.kind == StepKind::kAdopt) {
      out.push_back("adopt " + step.path + (step.adopted ? " as delivered" : ""));
    } else if (step.kind == StepKind::kWrite) {
      out.push_back("write " + step.path + ": " + step.sql);
    } else {
      out.push_back(step.sql);
    }
  }
  return out;
}

ErrorCode code_of(const Input& input) {
  try {
    make_plan(input);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "the plan is made";
  return ErrorCode::kInternal;
}

TEST(Planner, ATableIsCreatedWithItsSchema) {
  TableSpec t = spec("t");
  t.columns = {{"id", "int8", false}, {"j", "json"}};
  EXPECT_THAT(lines(make_plan(input_of({t})).publish),
              ElementsAre(R"(CREATE SCHEMA IF NOT EXISTS "c"."s")",
                          R"(CREATE TABLE "c"."s"."t" ("id" BIGINT NOT NULL, "j" VARCHAR))"));
}

TEST(Planner, LayoutsAreSetWhenTheTableIsCreated) {
  TableSpec t = spec("t");
  t.partition = {{"identity", "name"}, {"bucket", "id", 4}};
  t.sort = {{"id", true}};
  EXPECT_THAT(lines(make_plan(input_of({t})).publish),
              ElementsAre(testing::_, testing::_,
                          R"(ALTER TABLE "c"."s"."t" SET PARTITIONED BY ("name", bucket(4, "id")))",
                          R"(ALTER TABLE "c"."s"."t" SET SORTED BY ("id" DESC))"));
}

TEST(Planner, ColumnsAreAddedAndWidenedBeforeAnyData) {
  Input input = input_of({spec("t")});
  input.live["t"] = {{"ID", "INTEGER", false}};
  input.staged["t"] = {file("/a")};
  const Plan plan = make_plan(input);
  EXPECT_THAT(lines(plan.widen),
              ElementsAre(R"(ALTER TABLE "c"."s"."t" ALTER COLUMN "ID" SET DATA TYPE BIGINT)"));
  EXPECT_THAT(lines(plan.publish),
              ElementsAre(R"(ALTER TABLE "c"."s"."t" ADD COLUMN "name" VARCHAR)",
                          R"(ALTER TABLE "c"."s"."t" ALTER COLUMN "ID" DROP NOT NULL)",
                          "adopt /a as delivered"));
}

TEST(Planner, AConvertedFileIsAdoptedWithoutWritingItAgain) {
  Input input = input_of({spec("t")});
  input.live["t"] = kColumns;
  input.staged["t"] = {file("/a")};
  input.staged["t"][0].delivered = false;
  const Plan plan = make_plan(input);
  EXPECT_THAT(plan.prepare, IsEmpty());
  EXPECT_THAT(lines(plan.publish), ElementsAre("adopt /a"));
  EXPECT_EQ(plan.publish[0].rows, 10);
  EXPECT_EQ(plan.publish[0].columns, kColumns);
  EXPECT_EQ(plan.columns.at("t"), kColumns);
}

TEST(Planner, TypesThatContradictAreRefused) {
  Input input = input_of({spec("t")});
  input.live["t"] = {{"id", "BOOLEAN"}};
  EXPECT_EQ(code_of(input), ErrorCode::kTypeMismatch);
}

TEST(Planner, ADroppedTableIsCreatedAnew) {
  Input input = input_of({spec("t")});
  input.live["t"] = {{"id", "DATE"}, {"old", "DATE"}};
  input.live["gone"] = {{"id", "DATE"}};
  input.drops = {"t", "gone", "never_there"};
  EXPECT_THAT(lines(make_plan(input).publish),
              ElementsAre(R"(DROP TABLE "c"."s"."gone")", R"(DROP TABLE "c"."s"."t")",
                          R"(CREATE SCHEMA IF NOT EXISTS "c"."s")",
                          R"(CREATE TABLE "c"."s"."t" ("id" BIGINT, "name" VARCHAR))"));
}

TEST(Planner, SmallFilesAreJoinedAndLargeOnesAdopted) {
  Input input = input_of({spec("t")});
  input.live["t"] = kColumns;
  input.staged["t"] = {file("/a"), file("/big", kColumns, kSmallFileBytes),
                       file("/b", {{"id", "INTEGER"}})};
  const Plan plan = make_plan(input);
  EXPECT_THAT(lines(plan.prepare),
              ElementsAre("write /x/0.parquet: SELECT CAST(\"id\" AS BIGINT) AS \"id\", "
                          "CAST(\"name\" AS VARCHAR) AS \"name\" FROM "
                          "read_parquet(['/a', '/b'], union_by_name = true)"));
  EXPECT_THAT(lines(plan.publish), ElementsAre("adopt /big as delivered", "adopt /x/0.parquet"));
}

TEST(Planner, CrumbsAreInsertedTogether) {
  Input input = input_of({spec("t")});
  input.adopt_from_bytes = 2001;
  input.live["t"] = kColumns;
  input.staged["t"] = {file("/a"), file("/b")};
  const Plan plan = make_plan(input);
  EXPECT_THAT(lines(plan.prepare), IsEmpty());
  EXPECT_THAT(lines(plan.publish),
              ElementsAre("INSERT INTO \"c\".\"s\".\"t\" BY NAME SELECT \"id\", \"name\" FROM "
                          "read_parquet(['/a', '/b'])"));
  input.staged["t"].push_back(file("/c"));
  EXPECT_THAT(lines(make_plan(input).publish), ElementsAre("adopt /x/0.parquet"));
}

TEST(Planner, AFileThatDoesNotFitIsConverted) {
  for (const Column& column : {Column{"id", "DECIMAL(18,0)"}, Column{"id", "VARCHAR"}}) {
    Input input = input_of({spec("t")});
    input.live["t"] = kColumns;
    input.staged["t"] = {file("/a", {column})};
    const Plan plan = make_plan(input);
    EXPECT_THAT(lines(plan.prepare),
                ElementsAre("write /x/0.parquet: SELECT CAST(\"id\" AS BIGINT) AS \"id\" FROM "
                            "read_parquet(['/a'])"));
    EXPECT_THAT(lines(plan.publish), ElementsAre("adopt /x/0.parquet"));
  }
}

TEST(Planner, AFileWithoutARequiredColumnIsRefused) {
  TableSpec t = spec("t");
  t.columns[1].nullable = false;
  Input input = input_of({t});
  input.staged["t"] = {file("/a", {{"id", "BIGINT"}})};
  EXPECT_EQ(code_of(input), ErrorCode::kConstraint);
}

TEST(Planner, EmptyFilesBringNothing) {
  Input input = input_of({spec("t")});
  input.live["t"] = kColumns;
  input.staged["t"] = {{"/a", 0, 300, kColumns, true}};
  EXPECT_THAT(lines(make_plan(input).publish), IsEmpty());
}

TEST(Planner, ReplaceTruncatesTheWholeChainOnce) {
  TableSpec child = spec("t__c");
  child.parent = "t";
  TableSpec grandchild = spec("t__c__g");
  grandchild.parent = "t__c";
  Input input = input_of({spec("t", Disposition::kReplace), child, grandchild});
  for (const char* name : {"t", "t__c", "t__c__g", "other"}) input.live[name] = kColumns;
  input.staged["t"] = {file("/a")};
  input.truncations = {"t"};
  const Plan plan = make_plan(input);
  EXPECT_THAT(lines(plan.publish),
              ElementsAre(R"(DELETE FROM "c"."s"."t")", R"(DELETE FROM "c"."s"."t__c")",
                          R"(DELETE FROM "c"."s"."t__c__g")", "adopt /a as delivered"));
  EXPECT_EQ(plan.publish[1].count, Count::kTruncated);
}

TEST(Planner, ReplaceWithoutFilesDoesNothing) {
  Input input = input_of({spec("t", Disposition::kReplace)});
  input.live["t"] = kColumns;
  EXPECT_THAT(make_plan(input).publish, IsEmpty());
}

TEST(Planner, UpsertWithUniqueKeysAdoptsTheFileAsDelivered) {
  TableSpec t = spec("t", Disposition::kMerge);
  t.strategy = MergeStrategy::kUpsert;
  t.primary_key = {"id"};
  Input input = input_of({t});
  input.live["t"] = kColumns;
  input.staged["t"] = {file("/a")};
  input.facts["t"] = {};
  const Plan plan = make_plan(input);
  EXPECT_THAT(plan.prepare, IsEmpty());
  ASSERT_THAT(lines(plan.publish),
              ElementsAre("DELETE FROM \"c\".\"s\".\"t\" WHERE \"id\" IN (SELECT \"id\" FROM "
                          "(SELECT \"id\", \"name\" FROM read_parquet(['/a'])))",
                          "adopt /a as delivered"));
  EXPECT_EQ(plan.publish[0].count, Count::kReplaced);
}

TEST(Planner, WithoutFactsTheBatchIsDeduplicatedOnce) {
  TableSpec t = spec("t", Disposition::kMerge);
  t.primary_key = {"id"};
  t.dedup_sort = {{"name", true}};
  Input input = input_of({t});
  input.staged["t"] = {file("/a")};
  const Plan plan = make_plan(input);
  ASSERT_EQ(plan.prepare.size(), 1u);
  EXPECT_THAT(plan.prepare[0].sql,
              HasSubstr("QUALIFY row_number() OVER (PARTITION BY \"id\" ORDER BY \"name\" DESC "
                        "NULLS LAST, __hotload_file DESC, __hotload_row DESC) = 1"));
  t.deduplicated = true;
  input.specs["t"] = t;
  EXPECT_THAT(make_plan(input).prepare, IsEmpty());
}

TEST(Planner, AMergeIntoAnEmptyTableDeletesNothing) {
  TableSpec t = spec("t", Disposition::kMerge);
  t.primary_key = {"id"};
  Input input = input_of({t});
  input.staged["t"] = {file("/a")};
  input.facts["t"] = {};
  EXPECT_EQ(lines(make_plan(input).publish).back(), "adopt /a as delivered");
  EXPECT_EQ(make_plan(input).publish.size(), 3u);  // schema, table, adopt
}

TEST(Planner, Scd2GivesTheTableItsValidityColumns) {
  TableSpec table = spec("t", Disposition::kMerge);
  table.strategy = MergeStrategy::kScd2;
  table.scd2.row_version = "id";
  Input input = input_of({table});
  input.staged["t"] = {file("/a")};
  EXPECT_THAT(lines(make_plan(input).publish)[1],
              HasSubstr("\"_dlt_valid_from\" TIMESTAMP WITH TIME ZONE, "
                        "\"_dlt_valid_to\" TIMESTAMP WITH TIME ZONE)"));
}

TEST(Planner, AThousandNestedTablesMakeALinearPlan) {
  std::vector<TableSpec> specs{spec("t", Disposition::kMerge)};
  specs[0].primary_key = {"id"};
  specs[0].row_key = "name";
  for (int i = 0; i < 1000; ++i) {
    TableSpec nested = spec("n" + std::to_string(i));
    nested.parent = specs.back().name;
    nested.row_key = "name";
    nested.parent_key = "id";
    if (i % 2 == 0) nested.root_key = "id";
    specs.push_back(nested);
  }
  Input input = input_of(specs);
  for (const TableSpec& one : specs) {
    input.live[one.name] = kColumns;
    input.facts[one.name] = {};
    input.staged[one.name] = {file("/" + one.name)};
  }
  size_t bytes = 0;
  const Plan plan = make_plan(input);
  for (const Step& step : plan.publish) bytes += step.sql.size();
  EXPECT_LT(plan.publish.size(), 5000u);
  EXPECT_LT(bytes, 1'000'000u);
}

TEST(Planner, LiteralRowsAreCastAndShareAStatement) {
  Input input = input_of({});
  input.live["t"] = kColumns;
  input.inserts = {{"t", {"id", "name"}, {"1", "it's"}},
                   {"t", {"id", "name"}, {"2", std::nullopt}}};
  input.deletes = {{"t", "name", "x"}, {"missing", "a", "x"}};
  EXPECT_THAT(lines(make_plan(input).publish),
              ElementsAre("DELETE FROM \"c\".\"s\".\"t\" WHERE \"name\" = CAST('x' AS VARCHAR)",
                          "INSERT INTO \"c\".\"s\".\"t\" (\"id\", \"name\") VALUES "
                          "(CAST('1' AS BIGINT), CAST('it''s' AS VARCHAR)), "
                          "(CAST('2' AS BIGINT), CAST(NULL AS VARCHAR))"));
  input.inserts[0].table = "missing";
  EXPECT_EQ(code_of(input), ErrorCode::kNotFound);
}

TEST(Planner, TheSchemaPlanHoldsNewTablesAndColumnsAlone) {
  Input input = input_of({spec("new"), spec("t", Disposition::kReplace)});
  input.live["t"] = {{"id", "INTEGER"}};
  input.truncations = {"t"};
  EXPECT_THAT(lines(make_schema_plan(input)),
              ElementsAre(R"(CREATE SCHEMA IF NOT EXISTS "c"."s")",
                          R"(CREATE TABLE "c"."s"."new" ("id" BIGINT, "name" VARCHAR))",
                          R"(ALTER TABLE "c"."s"."t" ADD COLUMN "name" VARCHAR)"));
}

TEST(Planner, FactQueriesAskOnlyWhatIsNotKnown) {
  TableSpec t = spec("t", Disposition::kMerge);
  t.primary_key = {"id"};
  Input input = input_of({t, spec("plain")});
  input.staged["t"] = {file("/a")};
  input.staged["plain"] = {file("/b")};
  const auto queries = fact_queries(input);
  ASSERT_EQ(queries.size(), 1u);
  EXPECT_THAT(queries.at("t"), HasSubstr("GROUP BY \"id\""));
  input.specs["t"].deduplicated = true;
  EXPECT_THAT(fact_queries(input), IsEmpty());
}

}  // namespace
}  // namespace hotload::plan
