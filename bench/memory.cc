// SPDX-License-Identifier: Apache-2.0
// How much memory do a load of 10 M rows and an upsert of 1 M into them take at most? In bytes
// beside 1 GiB, under a limit of 512 MiB for the engine.
#include "bench.h"

int main() {
  using namespace hotload;
  using namespace hotload::bench;
  Folder folder("memory");
  const std::string base = folder / "base.parquet", batch = folder / "batch.parquet";
  if (::fork() == 0) {  // what makes the files must not count
    engine::Instance instance({});
    engine::Connection connection(instance);
    const std::string columns = " AS id, md5(i::VARCHAR) AS name, i / 7.0::DOUBLE AS amount FROM ";
    connection.run("COPY (SELECT i" + columns + "range(" + std::to_string(scaled(10'000'000)) +
                   ") t(i)) TO '" + base + "'");
    connection.run("COPY (SELECT i * 10" + columns + "range(" + std::to_string(scaled(1'000'000)) +
                   ") t(i)) TO '" + batch + "'");
    ::_exit(0);
  }
  ::wait(nullptr);
  WorkspaceOptions options;
  options.memory_limit_bytes = int64_t{512} << 20;
  auto database = open_workspace(folder / "x.lake", options)->create_database("main");
  for (const std::string& file : {base, batch}) {
    auto load = database->open_load({"s", "", file});
    TableSpec spec;
    spec.name = "t";
    spec.columns = {{"id", "BIGINT"}, {"name", "VARCHAR"}, {"amount", "DOUBLE"}};
    spec.disposition = Disposition::kMerge;
    spec.strategy = MergeStrategy::kUpsert;
    spec.primary_key = {"id"};
    load->declare({spec});
    StageOptions stage;
    stage.immutable = true;
    load->stage_file("t", "job", file, stage);
    load->commit();
    const double gib = static_cast<double>(peak_memory()) / (1 << 30);
    report(file == base ? "peak memory of a 10 M-row load, GiB" : "... then an upsert of 1 M, GiB",
           gib, "1 GiB", 1.0, 1.0);
  }
}
