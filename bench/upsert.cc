// SPDX-License-Identifier: Apache-2.0
// How long does an upsert take beside the bare delete + adopt in one DuckLake transaction, and
// beside DuckLake's MERGE?
#include "bench.h"

namespace {

using namespace hotload;
using namespace hotload::bench;

struct Case {
  std::string name;
  int64_t rows;   // in the table
  int64_t batch;  // of which 10 % are new
  std::string key;
  double bare_target;
  double merge_target;  // 0: not measured
};

std::string select(const std::string& ids) {
  return "SELECT id, md5(id::VARCHAR) AS k, (id * 7919) % 1000003 AS customer_id, "
         "'cust_' || (id % 50000) AS name, (id % 100000) / 100.0::DOUBLE AS amount FROM (" +
         ids + ")";
}

void load(Database& database, const std::string& id, const std::string& file,
          const std::string& key) {
  auto load = database.open_load({"s", "", id});
  TableSpec spec;
  spec.name = "t";
  spec.disposition = Disposition::kMerge;
  spec.strategy = MergeStrategy::kUpsert;
  spec.primary_key = {key};
  spec.columns = {{"id", "BIGINT"},
                  {"k", "VARCHAR"},
                  {"customer_id", "BIGINT"},
                  {"name", "VARCHAR"},
                  {"amount", "DOUBLE"}};
  load->declare({spec});
  StageOptions options;
  options.immutable = true;
  load->stage_file("t", "job", file, options);
  load->commit();
}

void measure(const Case& c) {
  Folder folder("upsert");
  const std::string base = folder / "base.parquet", batch = folder / "batch.parquet";
  {
    engine::Instance instance({});
    engine::Connection connection(instance);
    const std::string rows = std::to_string(c.rows);
    connection.run("COPY (" + select("SELECT i AS id FROM range(" + rows + ") t(i)") + ") TO '" +
                   base + "'");
    connection.run("COPY (" +
                   select("SELECT (i * 9973) % " + std::to_string(c.rows + c.batch / 10) +
                          " AS id FROM range(" + std::to_string(c.batch) + ") t(i)") +
                   ") TO '" + batch + "'");
  }
  Best ours, bare, merge;
  for (int run = 0; run < 3; ++run) {
    const std::string text = std::to_string(run);
    const std::string condition = c.key + " IN (SELECT " + c.key + " FROM '" + batch + "')";
    {
      Floor lake(folder / ("bare" + text));
      lake.run("CREATE TABLE t AS FROM '" + base + "'");
      fs::create_hard_link(batch, folder / ("bare" + text + "/data/batch.parquet"));
      bare.take(seconds([&] {
        lake.run("BEGIN");
        lake.run("DELETE FROM t WHERE " + condition);
        lake.run("CALL ducklake_add_data_files('lake', 't', '" +
                 (folder / ("bare" + text + "/data/batch.parquet")) + "')");
        lake.run("COMMIT");
      }));
    }
    if (c.merge_target > 0) {
      Floor lake(folder / ("merge" + text));
      lake.run("CREATE TABLE t AS FROM '" + base + "'");
      merge.take(seconds([&] {
        lake.run("MERGE INTO t USING (FROM '" + batch + "') s ON t." + c.key + " = s." + c.key +
                 " WHEN MATCHED THEN UPDATE WHEN NOT MATCHED THEN INSERT");
      }));
    }
    auto workspace = open_workspace(folder / ("ours" + text + ".lake"));
    auto database = workspace->create_database("main");
    load(*database, "base", base, c.key);
    ours.take(seconds([&] { load(*database, "batch", batch, c.key); }));
    fs::remove_all(folder / ("bare" + text));
    fs::remove_all(folder / ("merge" + text));
  }
  report(c.name, ours.seconds, "bare delete + adopt", bare.seconds, c.bare_target);
  if (c.merge_target > 0) report(c.name, ours.seconds, "MERGE", merge.seconds, c.merge_target);
}

}  // namespace

int main() {
  measure({"upsert 1 M rows into 10 M by a bigint key", scaled(10'000'000), scaled(1'000'000), "id",
           1.2, 0.4});
  measure({"upsert 50,000 rows into 5 M by a 32-character key", scaled(5'000'000), scaled(50'000),
           "k", 1.5, 0});
}
