// SPDX-License-Identifier: Apache-2.0
// The rules of model/widening.h against the engine itself: what they allow must read right under
// every filter, and the faults that they keep away from must still be there. A newer engine that
// mends one fails here: then the rule may go.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <map>
#include <random>

#include "engine/connection.h"
#include "model/identifier.h"
#include "model/type.h"
#include "model/vectors.h"

namespace hotload::plan {
namespace {

namespace fs = std::filesystem;
using Values = std::vector<std::string>;

// SQL values of a type; they are cast to it.
Values samples(const model::Type& type) {
  using K = model::TypeKind;
  const std::string text = model::to_sql(type);
  if (type.kind == K::kList) return {"[1]", "[2, 3]"};
  if (type.kind == K::kMap) return {"map {'a': 1}", "map {'b': 2}"};
  if (type.kind == K::kStruct) {
    return type.children.size() == 1 ? Values{"{'a': 1}"} : Values{"{'a': 1, 'b': 'x'}"};
  }
  if (text.starts_with("TIMESTAMP")) {
    return {"'1950-01-01 00:00:00'", "'2024-01-01 00:00:01.123'", "'2024-01-01 00:00:01.124'"};
  }
  if (text.starts_with("U") && type.kind != K::kUuid) return {"0", "7", "250"};
  switch (type.kind) {
    case K::kVarchar:
    case K::kBlob:
      return {"'a'", "'zz'"};
    case K::kJson:
      return {"'{}'"};
    case K::kUuid:
      return {"'5c1f7e7d-3a3c-4b3c-8a1a-000000000001'"};
    case K::kDate:
      return {"'1950-01-01'", "'2024-01-01'"};
    default:
      return {"-5", "1", "7"};
  }
}

// Values between and beyond those, where a constant that is cast to the narrower type goes wrong.
Values probes(const model::Type& to) {
  if (to.is_nested()) return samples(to);
  Values all = samples(to);
  const std::string text = model::to_sql(to);
  if (text.starts_with("TIMESTAMP")) {
    all.insert(all.end(), {"'2024-01-01 00:00:01.1235'", "'2024-01-01 10:00:00'"});
  } else if (text == "DOUBLE" || text.starts_with("DECIMAL")) {
    all.insert(all.end(), {"6.5", "7.004", "6.996"});
  } else if (text == "BIGINT") {
    all.insert(all.end(), {"9000000000", "-9000000000"});
  }
  return all;
}

class TypeFaults : public testing::Test {
 protected:
  TypeFaults()
      : instance_({.extensions = {"ducklake"}}),
        connection_(instance_),
        folder_(fs::temp_directory_path() /
                ("hotload-types-" + std::to_string(std::random_device()()))) {
    fs::create_directories(folder_ / "data");
    connection_.run("SET TimeZone = 'UTC'");
    connection_.run("ATTACH " +
                    model::quote_literal("ducklake:" + (folder_ / "c.ducklake").string()) +
                    " AS l (DATA_PATH " + model::quote_literal((folder_ / "data/").string()) +
                    ", DATA_INLINING_ROW_LIMIT 0)");
  }
  ~TypeFaults() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  static std::string rows_of(const std::string& type, const Values& values) {
    std::string list;
    for (const std::string& value : values) {
      list += (list.empty() ? "" : ", ") + ("CAST(" + value + " AS " + type + ")");
    }
    return "SELECT unnest([" + list + "]) AS x";
  }

  void make_by_alter(const std::string& from, const std::string& to, const Values& values) {
    connection_.run("CREATE OR REPLACE TABLE l.t (x " + from + ")");
    connection_.run("INSERT INTO l.t " + rows_of(from, values));
    connection_.run("ALTER TABLE l.t ALTER COLUMN x SET DATA TYPE " + to);
    widen_range(to);
  }

  void make_by_adoption(const std::string& file, const std::string& live, const Values& values) {
    const std::string path =
        model::quote_literal((folder_ / "data" / (std::to_string(files_++) + ".parquet")).string());
    connection_.run("COPY (" + rows_of(file, values) + ") TO " + path + " (FORMAT parquet)");
    connection_.run("CREATE OR REPLACE TABLE l.t (x " + live + ")");
    connection_.run("CALL ducklake_add_data_files('l', 't', " + path + ")");
    widen_range(live);
  }

  // A second file of the column's own type: without it the table's range alone answers filters.
  void widen_range(const std::string& type) {
    connection_.run("INSERT INTO l.t " + rows_of(type, probes(model::parse_type(type))));
  }

  // The first filter that finds other rows when it may prune than when it may not; else empty.
  std::string wrong_filter(const std::string& type, const Values& constants) {
    for (const std::string& constant : constants) {
      for (const char* compare : {"=", "<", "<=", ">", ">="}) {
        const std::string filter =
            std::string("x ") + compare + " CAST(" + constant + " AS " + type + ")";
        const std::string count = "SELECT count(*) FROM ";
        if (connection_.integer(count + "l.t WHERE " + filter) !=
            connection_.integer(count + "(SELECT x FROM l.t OFFSET 0) WHERE " + filter)) {
          return filter;
        }
      }
    }
    return "";
  }

  engine::Instance instance_;
  engine::Connection connection_;
  fs::path folder_;
  int files_ = 0;
};

TEST_F(TypeFaults, AdoptedTypesReadRight) {
  for (const auto& pair : model::cases_of("widening.json", "adopt")) {
    const model::Type file = model::parse_type(model::text_at(pair, 0));
    const model::Type live = model::parse_type(model::text_at(pair, 1));
    make_by_adoption(model::to_sql(file), model::to_sql(live), samples(file));
    EXPECT_EQ(wrong_filter(model::to_sql(live), probes(live)), "") << pair;
  }
}

TEST_F(TypeFaults, WidenedColumnsReadRight) {
  for (const auto& pair : model::cases_of("widening.json", "widen")) {
    const model::Type from = model::parse_type(model::text_at(pair, 0));
    const model::Type to = model::parse_type(model::text_at(pair, 1));
    make_by_alter(model::to_sql(from), model::to_sql(to), samples(from));
    EXPECT_EQ(wrong_filter(model::to_sql(to), probes(to)), "") << pair;
  }
}

TEST_F(TypeFaults, TheEngineStillPrunesWrongAfterTheWideningsThatWeRefuse) {
  const std::vector<std::array<const char*, 2>> cases{{"DATE", "TIMESTAMP"},
                                                      {"DECIMAL(10,2)", "DECIMAL(38,9)"},
                                                      {"BIGINT", "DECIMAL(38,9)"},
                                                      {"DECIMAL(10,2)", "DOUBLE"}};
  for (const auto& [from, to] : cases) {
    make_by_alter(from, to, samples(model::parse_type(from)));
    EXPECT_NE(wrong_filter(to, probes(model::parse_type(to))), "")
        << from << " to " << to << " is mended: model/widening.cc may allow it";
  }
}

TEST_F(TypeFaults, TheEngineStillPrunesWrongAfterTheAdoptionsThatWeRefuse) {
  make_by_adoption("FLOAT", "DOUBLE", {"0.1", "0.3"});
  EXPECT_NE(wrong_filter("DOUBLE", {"CAST(0.1 AS FLOAT)", "CAST(0.3 AS FLOAT)", "0.1"}), "");
  make_by_adoption("DECIMAL(9,2)", "DECIMAL(38,9)", {"1.25", "1.26"});
  EXPECT_NE(wrong_filter("DECIMAL(38,9)", {"1.254", "1.256"}), "");
}

// Why a FLOAT is stored as DOUBLE, and a HUGEINT as DECIMAL.
TEST_F(TypeFaults, TheEngineStillLosesWhatStorageTypesKeep) {
  connection_.run("CREATE OR REPLACE TABLE l.t (x FLOAT)");
  connection_.run("INSERT INTO l.t " + rows_of("FLOAT", {"3.4e38", "1e-30"}));
  EXPECT_NE(wrong_filter("FLOAT", {"3.4e38", "1e-30"}), "");
  connection_.run("CREATE OR REPLACE TABLE l.t (x HUGEINT)");
  connection_.run("INSERT INTO l.t VALUES (9007199254740993)");
  EXPECT_NE(connection_.text("SELECT CAST(x AS VARCHAR) FROM l.t"), "9007199254740993");
}

}  // namespace
}  // namespace hotload::plan
