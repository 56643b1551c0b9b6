// SPDX-License-Identifier: Apache-2.0
// How long does jsonl of 1 M rows take to staged Parquet, beside the engine's own COPY?
#include "bench.h"

int main() {
  using namespace hotload;
  using namespace hotload::bench;
  Folder folder("jsonl");
  const std::string file = folder / "in.jsonl";
  engine::Instance instance({});
  engine::Connection connection(instance);
  connection.run(
      "COPY (SELECT i AS id, 'cust_' || (i % 50000) AS name, i / 7.0::DOUBLE AS amount, "
      "TIMESTAMP '2025-01-01' + (i % 31536000) * INTERVAL 1 SECOND AS seen, i % 2 = 0 AS "
      "flag FROM range(" +
      std::to_string(scaled(1'000'000)) + ") t(i)) TO '" + file + "' (FORMAT json)");
  Best ours, floor;
  for (int run = 0; run < 3; ++run) {
    const std::string text = std::to_string(run);
    floor.take(seconds([&] {
      connection.run("COPY (FROM read_json('" + file +
                     "', format = 'newline_delimited', columns = {id: 'BIGINT', name: 'VARCHAR', "
                     "amount: 'DOUBLE', seen: 'TIMESTAMP', flag: 'BOOLEAN'})) TO '" +
                     (folder / ("floor" + text + ".parquet")) + "'");
    }));
    auto workspace = open_workspace(folder / ("ours" + text + ".lake"));
    auto database = workspace->create_database("main");
    auto load = database->open_load({"s", "", "load"});
    TableSpec spec;
    spec.name = "t";
    spec.columns = {{"id", "BIGINT"},
                    {"name", "VARCHAR"},
                    {"amount", "DOUBLE"},
                    {"seen", "TIMESTAMP"},
                    {"flag", "BOOLEAN"}};
    load->declare({spec});
    StageOptions options;
    options.format = FileFormat::kJsonl;
    options.immutable = true;
    ours.take(seconds([&] { load->stage_file("t", "job", file, options); }));
  }
  report("jsonl of 1 M rows to staged Parquet", ours.seconds, "COPY (FROM read_json)",
         floor.seconds, 1.2);
}
