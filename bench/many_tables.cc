// SPDX-License-Identifier: Apache-2.0
// How long does the commit of 100 tables x 1,000 rows take, beside one bare DuckLake transaction
// with the same inserts?
#include "bench.h"

int main() {
  using namespace hotload;
  using namespace hotload::bench;
  constexpr int kTables = 100;
  Folder folder("many");
  const std::string file = folder / "in.parquet";
  {
    engine::Instance instance({});
    engine::Connection(instance).run(
        "COPY (SELECT i AS id, 'name' || i AS name, i / 7.0::DOUBLE AS amount FROM range(1000) "
        "t(i)) TO '" +
        file + "'");
  }
  Best ours, floor;
  for (int run = 0; run < 3; ++run) {
    const std::string text = std::to_string(run);
    {
      Floor bare(folder / ("floor" + text));
      floor.take(seconds([&] {
        bare.run("BEGIN");
        for (int t = 0; t < kTables; ++t) {
          const std::string name = "t" + std::to_string(t);
          bare.run("CREATE TABLE " + name + "(id BIGINT, name VARCHAR, amount DOUBLE)");
          bare.run("INSERT INTO " + name + " FROM '" + file + "'");
        }
        bare.run("COMMIT");
      }));
    }
    auto workspace = open_workspace(folder / ("ours" + text + ".lake"));
    auto database = workspace->create_database("main");
    auto load = database->open_load({"s", "", "load"});
    std::vector<TableSpec> specs;
    for (int t = 0; t < kTables; ++t) {
      TableSpec spec;
      spec.name = "t" + std::to_string(t);
      spec.columns = {{"id", "BIGINT"}, {"name", "VARCHAR"}, {"amount", "DOUBLE"}};
      specs.push_back(spec);
    }
    load->declare(specs);
    StageOptions options;
    options.immutable = true;
    for (const TableSpec& spec : specs) load->stage_file(spec.name, "job", file, options);
    ours.take(seconds([&] { load->commit(); }));
  }
  report("commit of 100 tables x 1,000 rows", ours.seconds, "one transaction of INSERTs",
         floor.seconds, 1.5);
}
