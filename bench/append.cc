// SPDX-License-Identifier: Apache-2.0
// How long does a finished Parquet file of 10 M rows take from stage to commit, beside the plain
// INSERT of it? Once with plain columns, once with every type that dlt writes.
#include "bench.h"

namespace {

using namespace hotload;
using namespace hotload::bench;

const char* kPlain =
    "i AS id, (i * 7919) % 1000003 AS customer_id, 'cust_' || (i % 50000) AS name, "
    "(i % 100000) / 100.0::DOUBLE AS amount, "
    "TIMESTAMP '2025-01-01' + (i % 31536000) * INTERVAL 1 SECOND AS at";

const char* kEveryType =
    "i AS a_bigint, md5(i::VARCHAR) AS a_text, i / 7.0::DOUBLE AS a_double, i % 2 = 0 AS a_bool, "
    "TIMESTAMPTZ '2025-01-01 00:00:00+00' + (i % 31536000) * INTERVAL 1 SECOND AS a_timestamp, "
    "DATE '2025-01-01' + (i % 365)::INTEGER AS a_date, "
    "TIME '00:00:00' + (i % 86400) * INTERVAL 1 SECOND AS a_time, (i % 100000)::DECIMAL(38,9) AS "
    "a_decimal, encode(i::VARCHAR) AS a_binary, '{\"n\": ' || i || '}' AS a_json";

void measure(const std::string& name, const std::string& select, double target) {
  Folder folder("append");
  const int64_t rows = scaled(10'000'000);
  const std::string file = folder / "in.parquet";
  {
    engine::Instance instance({});
    engine::Connection(instance).run("COPY (SELECT " + select + " FROM range(" +
                                     std::to_string(rows) + ") t(i)) TO '" + file + "'");
  }
  Best ours, floor;
  int64_t adopted = 0, files = 0;
  for (int run = 0; run < 3; ++run) {
    const std::string text = std::to_string(run);
    {
      Floor bare(folder / ("floor" + text));
      floor.take(seconds([&] { bare.run("CREATE TABLE t AS FROM '" + file + "'"); }));
    }
    auto workspace = open_workspace(folder / ("ours" + text + ".lake"));
    auto database = workspace->create_database("main");
    ours.take(seconds([&] {
      auto load = database->open_load({"s", "", "load"});
      TableSpec spec;
      spec.name = "t";
      load->declare({spec});
      StageOptions options;
      options.immutable = true;
      load->stage_file("t", "job", file, options);
      const Receipt receipt = load->commit();
      adopted = receipt.tables.at(0).adopted;
      files = receipt.tables.at(0).files;
    }));
  }
  report("append " + name + " (" + std::to_string(adopted) + " of " + std::to_string(files) +
             " files adopted)",
         ours.seconds, "INSERT ... SELECT", floor.seconds, target);
}

}  // namespace

int main() {
  measure("10 M rows x 5 columns", kPlain, 0.2);
  measure("10 M rows of every type", kEveryType, 0.2);
}
