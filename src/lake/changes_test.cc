// SPDX-License-Identifier: Apache-2.0
#include "lake/changes.h"

#include <random>

#include "lake/testing.h"

namespace hotload::lake {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ChangesTest : public LakeTest {
 protected:
  // Rows as texts: "insert 1 a", in the order in which they come.
  std::vector<std::string> texts(ArrowStream stream, const std::string& sql) {
    // The engine takes a stream's columns by their place: all of them first.
    tool_.scan_stream("stream", stream.get());
    tool_.run("CREATE OR REPLACE TEMP TABLE changed AS FROM stream; DROP VIEW stream");
    std::vector<std::string> all;
    for (const engine::Row& row : tool_.rows(sql)) {
      std::string text;
      for (const auto& cell : row) text += (text.empty() ? "" : " ") + cell.value_or("NULL");
      all.push_back(std::move(text));
    }
    return all;
  }
  std::vector<std::string> feed(const Span& span, const std::string& table = "t") {
    return texts(db().changes("s", table, span),
                 "SELECT _load_id, * EXCLUDE (_load_id, _snapshot) FROM changed");
  }
  std::vector<std::string> net(const Span& span, const std::string& table = "t") {
    return texts(db().diff_rows("s", table, span), "FROM changed");
  }
  std::vector<std::string> events(const Span& span) {
    std::vector<std::string> all;
    for (const TableEvent& event : db().table_events(span)) {
      all.push_back(event.load_id + ":" + event.table + ":" + event.kind);
    }
    return all;
  }
  TableSpec replace(const std::string& table) {
    TableSpec spec = append_to(table);
    spec.disposition = Disposition::kReplace;
    return spec;
  }
};

TEST_F(ChangesTest, TellsRowsLoadByLoadAndPairsThemByTheirKey) {
  load("one", upsert_into("t", "id"), "SELECT 1 AS id, 'a' AS v UNION ALL SELECT 2, 'b'");
  load("two", upsert_into("t", "id"), "SELECT 2 AS id, 'c' AS v UNION ALL SELECT 3, 'd'");
  load("same", upsert_into("t", "id"), "SELECT 3 AS id, 'd' AS v");
  run("DELETE FROM s.t WHERE id = 1");
  EXPECT_THAT(feed({"one"}), ElementsAre("two update_before 2 b", "two update_after 2 c",
                                         "two insert 3 d", "NULL delete 1 a"));
  EXPECT_THAT(feed({"one", "two"}), testing::SizeIs(3));
  EXPECT_THAT(feed({"two", "same"}), IsEmpty());
  EXPECT_THAT(feed({"", "one"}), ElementsAre("one insert 1 a", "one insert 2 b"));
  EXPECT_EQ(code_of([&] { feed({"two", "one"}); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { feed({"one"}, "nobody"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { feed({"never"}); }), ErrorCode::kInvalidArgument);
}

TEST_F(ChangesTest, WithoutAKeyThereAreDeletesAndInserts) {
  load("one", append_to("t"), "SELECT 1 AS id, 'a' AS v UNION ALL SELECT 1, 'a'");
  load("two", replace("t"), "SELECT 1 AS id, 'a' AS v UNION ALL SELECT 2, 'b'");
  EXPECT_THAT(feed({"one"}), ElementsAre("two delete 1 a", "two insert 2 b"));
  run("UPDATE s.t SET v = 'x' WHERE id = 2");
  EXPECT_THAT(feed({"two"}), ElementsAre("NULL delete 2 b", "NULL insert 2 x"));
}

TEST_F(ChangesTest, TheNetChangeLeavesOutWhatCameAndWent) {
  load("one", upsert_into("t", "id"), "SELECT 1 AS id, 'a' AS v UNION ALL SELECT 2, 'b'");
  load("two", upsert_into("t", "id"), "SELECT 2 AS id, 'c' AS v UNION ALL SELECT 3, 'd'");
  load("three", upsert_into("t", "id"), "SELECT 2 AS id, 'b' AS v");
  run("DELETE FROM s.t WHERE id = 3");
  load("four", upsert_into("t", "id"), "SELECT 1 AS id, 'z' AS v UNION ALL SELECT 4, 'n'");
  EXPECT_THAT(net({"one"}), ElementsAre("update_before 1 a", "update_after 1 z", "insert 4 n"));
  const DatabaseDiff diff = db().diff({"one"});
  EXPECT_THAT(diff.tables, ElementsAre(TableDiff{"s", "t", "changed", {"id"}, 1, 1, 0, false}));
  EXPECT_THAT(db().diff({"four"}).tables, IsEmpty());
}

TEST_F(ChangesTest, NamesWhatBecameOfTables) {
  load("one", append_to("t"), "SELECT 1 AS id");
  load("wide", append_to("t"), "SELECT 2 AS id, 'w' AS w");
  {
    auto session = db().open_session({.schema = "s"});
    session->begin();
    session->query("DROP TABLE t", {});
    session->query("CREATE TABLE t(id INTEGER)", {});
    session->commit();
    session->query("INSERT INTO t VALUES (7)", {});
    session->query("CREATE TABLE u(id INTEGER)", {});
    session->query("DROP TABLE u", {});
  }
  db().maintain({});
  EXPECT_THAT(events({"one"}), ElementsAre("wide:t:altered", "wide:t:rows", ":t:replaced",
                                           ":t:rows", ":u:created", ":u:dropped"));
  EXPECT_THAT(feed({"one"}), ElementsAre("NULL insert 7"));
  EXPECT_THAT(net({"one"}), ElementsAre("delete 1", "insert 7"));
  EXPECT_THAT(db().diff({"one"}).tables,
              ElementsAre(TableDiff{"s", "t", "replaced", {}, 1, 0, 1, false}));
  run("DROP TABLE s.t");
  EXPECT_THAT(net({"one"}), ElementsAre("delete 1"));
  EXPECT_EQ(db().diff({"one"}).tables.at(0).kind, "dropped");
  EXPECT_EQ(code_of([&] { feed({"one"}); }), ErrorCode::kNotFound);
}

TEST_F(ChangesTest, AColumnOfTheAccountsOwnIsRefused) {
  load("one", append_to("t"), "SELECT 1 AS snapshot_id");
  load("two", append_to("t"), "SELECT 2 AS snapshot_id");
  EXPECT_THAT(feed({"one"}), ElementsAre("two insert 2"));
  load("u", append_to("u"), "SELECT 2 AS _change");
  EXPECT_EQ(code_of([&] { feed({"one"}, "u"); }), ErrorCode::kUnsupported);
}

TEST_F(ChangesTest, WhatExpiredIsSaid) {
  load("one", append_to("t"), "SELECT 1 AS id");
  load("two", append_to("t"), "SELECT 2 AS id");
  db().maintain({.compact = false, .sweep = false, .retention_seconds = 0});
  EXPECT_EQ(code_of([&] { feed({"one"}); }), ErrorCode::kExpired);
  EXPECT_THAT(feed({""}), testing::SizeIs(2));
}

// Whatever changes a table, and whatever maintenance does to its files in between and afterwards:
// the account of any span is the difference of the two states.
class RandomChangesTest : public ChangesTest, public ::testing::WithParamInterface<bool> {
 protected:
  static constexpr int kSteps = 12;

  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  TableSpec spec() { return GetParam() ? upsert_into("t", "id") : append_to("t"); }
  std::string batch(int step) {
    return "SELECT (" + std::to_string(below(20)) + " + range)::INTEGER AS id, 'v" +
           std::to_string(below(3)) + "' AS v" +
           (step < kSteps / 2 ? "" : ", " + std::to_string(step) + " AS w") + " FROM range(" +
           std::to_string(1 + below(6)) + ")";
  }
  void step(int i) {
    const std::string id = "l" + std::to_string(i);
    switch (i < 2 ? 0 : below(7)) {
      case 0:
      case 1:
      case 2:
        load(id, spec(), batch(i));
        break;
      case 3:
        run("DELETE FROM s.t WHERE id % 5 = " + std::to_string(below(5)));
        break;
      case 4:
        run("UPDATE s.t SET v = 'u' WHERE id % 7 = " + std::to_string(below(7)));
        break;
      case 5:
        if (!GetParam()) load(id, replace("t"), batch(i));
        break;
      default:
        for (int j = 0; j < 9; ++j) load(id + "." + std::to_string(j), spec(), batch(i));
        db().maintain({.sweep = false});
    }
  }
  std::string newest() {
    return text("SELECT max(snapshot_id) FROM __ducklake_metadata_lake_main.ducklake_snapshot");
  }
  // Rows of a query, sorted.
  std::vector<std::string> sorted(const std::string& sql) {
    std::vector<std::string> all;
    for (const engine::Row& row : rows(sql)) all.push_back(row[0].value_or("NULL"));
    std::sort(all.begin(), all.end());
    return all;
  }
  std::vector<std::string> sorted(ArrowStream stream, const std::string& changes) {
    std::vector<std::string> all =
        texts(std::move(stream),
              "SELECT COLUMNS(c -> c IN ('id', 'v', 'w'))::VARCHAR FROM changed "
              "WHERE _change IN (" +
                  changes + ")");
    std::sort(all.begin(), all.end());
    return all;
  }
  // Its rows with the columns that it has at the end of the span.
  std::string state(const std::string& snapshot, bool wide) {
    const auto columns =
        text("SELECT count(*) FROM (DESCRIBE FROM s.t AT (VERSION => " + snapshot + "))");
    const std::string w = columns == "3" ? "coalesce(w::VARCHAR, 'NULL')" : "'NULL'";
    return "(SELECT id || ' ' || v" + (wide ? " || ' ' || " + w : "") +
           " FROM s.t AT (VERSION => " + snapshot + "))";
  }

  std::mt19937 random_{20};  // NOLINT: the same sequence each time
};

TEST_P(RandomChangesTest, AreTheDifferenceOfTheStates) {
  std::vector<std::string> snapshots;
  for (int i = 0; i < kSteps; ++i) {
    step(i);
    snapshots.push_back(newest());
  }
  db().maintain({});
  const auto in = "'insert', 'update_after'", out = "'delete', 'update_before'";
  for (int i = 0; i < kSteps + 4; ++i) {
    size_t a = static_cast<size_t>(i + 1 < kSteps ? i : below(kSteps));
    size_t b = i + 1 < kSteps ? a + 1 : static_cast<size_t>(below(kSteps));
    if (a > b) std::swap(a, b);
    const Span span{snapshots[a], snapshots[b]};
    SCOPED_TRACE(span.since + ".." + span.until);
    const bool wide =
        text("SELECT count(*) FROM (DESCRIBE FROM s.t AT (VERSION => " + span.until + "))") == "3";
    const std::string before = state(span.since, wide), after = state(span.until, wide);
    const std::vector<std::string> came = sorted(after + " EXCEPT ALL " + before);
    const std::vector<std::string> went = sorted(before + " EXCEPT ALL " + after);
    EXPECT_EQ(sorted(db().diff_rows("s", "t", span), in), came);
    EXPECT_EQ(sorted(db().diff_rows("s", "t", span), out), went);
    // Load by load it adds up to the same.
    const std::vector<std::string> all_in = sorted(db().changes("s", "t", span), in);
    const std::vector<std::string> all_out = sorted(db().changes("s", "t", span), out);
    std::vector<std::string> net_in, net_out;
    std::set_difference(all_in.begin(), all_in.end(), all_out.begin(), all_out.end(),
                        std::back_inserter(net_in));
    std::set_difference(all_out.begin(), all_out.end(), all_in.begin(), all_in.end(),
                        std::back_inserter(net_out));
    EXPECT_EQ(net_in, came);
    EXPECT_EQ(net_out, went);
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, RandomChangesTest, ::testing::Bool());

}  // namespace

}  // namespace hotload::lake
