// SPDX-License-Identifier: Apache-2.0
// What dispositions and merge strategies do is the same wherever the data is: each load goes into a
// lake too, and both must have the same rows, and their receipts the same counts, afterwards.
#include <gmock/gmock.h>

#include <random>

#include "fixture.h"

namespace hotload::conformance {
namespace {

// One load in the making, in both databases.
class Strategies : public Conformance {
 protected:
  Strategies()
      : lake_(open_workspace((backend().folder() / "reference.lake").string())),
        reference_(lake_->create_database(name_)) {
    reference_->create_schema("s");
  }
  ~Strategies() override {
    reference_.reset();
    lake_->drop_database(name_);
  }

  using Step = std::function<void(Load&)>;

  void both(const std::string& load_id, const Step& step) {
    std::vector<Receipt> receipts;
    for (Database* database : {db_.get(), reference_.get()}) {
      const auto load = database->open_load({"s", "", load_id});
      step(*load);
      receipts.push_back(load->commit());
    }
    EXPECT_EQ(counts(receipts[0]), counts(receipts[1])) << load_id;
    for (const TableInfo& table : reference_->list_tables("s")) {
      const std::string sql = "SELECT " + names(table) + " FROM s." + table.name + " ORDER BY ALL";
      EXPECT_EQ(rows(sql), rows_of(reference_->query(sql))) << load_id << " " << table.name;
      EXPECT_EQ(db_->columns("s", table.name)->size(), table.columns.size()) << table.name;
    }
  }

  Step rows_for(const TableSpec& spec, const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return [spec, path = file(text)](Load& load) {
      load.declare({spec});
      load.stage_file(spec.name, "job", path, jsonl());
    };
  }

 private:
  // Of the tables that rows came to or went from.
  static std::vector<std::string> counts(const Receipt& receipt) {
    std::vector<std::string> all;
    for (const TableReceipt& table : receipt.tables) {
      all.push_back(table.table + " " + std::to_string(table.inserted) + " " +
                    std::to_string(table.updated) + " " + std::to_string(table.deleted) +
                    (table.created ? " created" : "") + (table.dropped ? " dropped" : ""));
    }
    return all;
  }
  static std::string names(const TableInfo& table) {
    std::string list;
    for (const Column& column : table.columns) {
      list += (list.empty() ? "\"" : ", \"") + column.name + "\"";
    }
    return list;
  }

  std::shared_ptr<Workspace> lake_;
  std::shared_ptr<Database> reference_;
};

TableSpec merged(const std::string& table, MergeStrategy strategy) {
  TableSpec spec;
  spec.name = table;
  spec.columns = {{"id", "BIGINT", true}, {"name", "VARCHAR", true}};
  spec.disposition = Disposition::kMerge;
  spec.strategy = strategy;
  spec.primary_key = {"id"};
  return spec;
}

TEST_P(Strategies, UpsertInsertOnlyAndDeleteInsert) {
  for (const auto strategy :
       {MergeStrategy::kUpsert, MergeStrategy::kInsertOnly, MergeStrategy::kDeleteInsert}) {
    const std::string table = "t" + std::to_string(static_cast<int>(strategy));
    both(table + "1",
         rows_for(merged(table, strategy), {R"({"id":1,"name":"a"})", R"({"id":2,"name":"b"})"}));
    both(table + "2",
         rows_for(merged(table, strategy),
                  {R"({"id":2,"name":"x"})", R"({"id":3,"name":"y"})", R"({"id":3,"name":"z"})"}));
  }
}

TEST_P(Strategies, HardDeletesAndOrderOfDuplicates) {
  TableSpec spec = merged("t", MergeStrategy::kUpsert);
  spec.columns.push_back({"gone", "BOOLEAN", true});
  spec.columns.push_back({"at", "BIGINT", true});
  spec.hard_delete = "gone";
  spec.dedup_sort = {{"at", true}};
  both("1", rows_for(spec, {R"({"id":1,"at":1})", R"({"id":2,"at":1})", R"({"id":3,"at":1})"}));
  both("2", rows_for(spec, {R"({"id":2,"at":5,"name":"first"})", R"({"id":2,"at":4,"gone":true})",
                            R"({"id":3,"at":2,"gone":true})"}));
}

TEST_P(Strategies, Scd2KeepsVersions) {
  TableSpec spec = merged("t", MergeStrategy::kScd2);
  spec.columns.push_back({"version", "VARCHAR", true});
  spec.columns.push_back({"valid_from", "TIMESTAMP WITH TIME ZONE", true});
  spec.columns.push_back({"valid_to", "TIMESTAMP WITH TIME ZONE", true});
  spec.scd2 = {"valid_from", "valid_to", "version", "2026-01-01T00:00:00Z", ""};
  both("1", rows_for(spec, {R"({"id":1,"version":"1a"})", R"({"id":2,"version":"2a"})"}));
  spec.scd2.boundary = "2026-01-02T00:00:00Z";
  both("2", rows_for(spec, {R"({"id":1,"version":"1b"})", R"({"id":2,"version":"2a"})"}));
  spec.scd2.boundary = "2026-01-03T00:00:00Z";
  both("3", rows_for(spec, {R"({"id":3,"version":"3a"})"}));
}

TEST_P(Strategies, RowsDeletedByAValue) {
  TableSpec spec = merged("t", MergeStrategy::kUpsert);
  spec.disposition = Disposition::kAppend;
  both("1", rows_for(spec, {R"({"id":1,"name":"it's"})", R"({"id":2})", R"({"id":3,"name":"b"})",
                            R"({"id":4,"name":"b"})"}));
  const auto deleted = [](const std::vector<RowDelete>& rows) {
    return [rows](Load& load) { load.delete_rows(rows); };
  };
  both("2", deleted({{"t", "name", "it's"}, {"t", "NAME", "none"}, {"t", "name", "it's"}}));
  both("3", deleted({{"t", "id", "4"}}));
  both("4", deleted({{"t", "id", "4"}, {"t", "nothing", "4"}}));
  both("5", deleted({{"t", "nothing", "4"}}));
  both("6", deleted({{"t", "id", "2"}, {"t", "name", "b"}}));
}

TEST_P(Strategies, NewColumnsAndWiderTypes) {
  TableSpec spec = merged("t", MergeStrategy::kUpsert);
  spec.disposition = Disposition::kAppend;
  both("1", rows_for(spec, {R"({"id":1,"name":"a"})"}));
  spec.columns.push_back({"more", "INTEGER", true});
  both("2", rows_for(spec, {R"({"id":2,"more":1})"}));
  spec.columns[2].type = "BIGINT";
  both("3", rows_for(spec, {R"({"id":3,"more":4000000000})"}));
  spec.columns = {{"id", "BIGINT", true}};
  both("4", rows_for(spec, {R"({"id":4})"}));
}

// A root and what is nested in it, at random.
class Chain {
 public:
  explicit Chain(uint64_t seed) : random_(seed) {}

  std::vector<TableSpec> specs() {
    TableSpec root = merged("r", MergeStrategy::kDeleteInsert);
    root.columns.push_back({"gone", "BOOLEAN", true});
    root.columns.push_back({"_dlt_id", "VARCHAR", false});
    root.row_key = "_dlt_id";
    TableSpec child;
    child.name = "r__c";
    child.columns = {{"value", "BIGINT", true},
                     {"_dlt_root_id", "VARCHAR", true},
                     {"_dlt_parent_id", "VARCHAR", true},
                     {"_dlt_id", "VARCHAR", false}};
    child.parent = "r";
    child.row_key = "_dlt_id";
    child.parent_key = "_dlt_parent_id";
    child.root_key = "_dlt_root_id";
    const int kind = below(6);
    if (kind == 0) root.disposition = Disposition::kAppend;
    if (kind == 1) root.disposition = Disposition::kReplace;
    if (kind == 2) root.strategy = MergeStrategy::kUpsert;
    if (kind == 3) root.strategy = MergeStrategy::kInsertOnly;
    if (kind == 4) root.merge_key = {"name"};
    if (kind == 5) root.hard_delete = "gone";
    return {root, child};
  }

  // Of both tables.
  std::pair<std::string, std::string> rows() {
    std::string roots;
    std::string children;
    for (int id = 0; id < 6; ++id) {
      if (below(2) == 0) continue;
      const std::string key = "k" + std::to_string(next_++);
      roots += R"({"id":)" + std::to_string(id) + R"(,"name":"n)" + std::to_string(below(3)) +
               R"(","gone":)" + (below(3) == 0 ? "true" : "false") + R"(,"_dlt_id":")" + key +
               "\"}\n";
      for (int i = below(3); i > 0; --i) {
        children += R"({"value":)" + std::to_string(below(100)) + R"(,"_dlt_root_id":")" + key +
                    R"(","_dlt_parent_id":")" + key + R"(","_dlt_id":"c)" +
                    std::to_string(next_++) + "\"}\n";
      }
    }
    return {roots, children};
  }
  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }

 private:
  std::mt19937_64 random_;
  int next_ = 0;
};

TEST_P(Strategies, ChainsAtRandom) {
  const char* seed = std::getenv("HOTLOAD_TEST_SEED");
  Chain chain(seed == nullptr ? 7 : std::stoull(seed));
  for (int load_id = 0; load_id < 12; ++load_id) {
    const std::vector<TableSpec> specs = chain.specs();
    const auto [roots, children] = chain.rows();
    const std::string root_file = file(roots);
    const std::string child_file = file(children);
    const int extra = chain.below(6);
    both(std::to_string(load_id), [&](Load& load) {
      load.declare(specs);
      if (extra == 0 && load_id > 0) load.truncate_tables({"r"});
      if (extra == 1 && load_id > 0) load.delete_rows({{"r", "name", "n1"}});
      if (extra == 2) load.insert_rows({{"log", {"at"}, {std::to_string(load_id)}}});
      if (extra == 2)
        load.declare({[] {
          TableSpec log;
          log.name = "log";
          log.columns = {{"at", "BIGINT", true}};
          return log;
        }()});
      load.stage_file("r", "r", root_file, jsonl());
      load.stage_file("r__c", "c", child_file, jsonl());
    });
  }
}

INSTANTIATE_TEST_SUITE_P(On, Strategies, ::testing::Values(Kind::kServer, Kind::kPlain), kind_name);

}  // namespace
}  // namespace hotload::conformance
