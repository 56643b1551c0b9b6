// SPDX-License-Identifier: Apache-2.0
// Files that would harm a lake are refused while they are staged, by their own name, and leave
// nothing behind.
#include "lake/foreign_files_testing.h"
#include "lake/load.h"
#include "lake/testing.h"

namespace hotload::lake {
namespace {

using ::testing::HasSubstr;

class HostileFilesTest : public LakeTest {
 protected:
  // The error of staging that file into a table of these columns (none: taken from the file).
  ErrorCode stage(const fs::path& file, const std::vector<Column>& columns = {},
                  const StageOptions& options = {}) {
    db().create_schema("s");
    auto load = db().open_load({"s", "", "1"});
    TableSpec spec = append_to("t");
    spec.columns = columns;
    load->declare({spec});
    const auto attempt = [&] { load->stage_file("t", "job", file.string(), options); };
    const ErrorCode code = code_of(attempt);
    message_ = message_of(attempt);
    EXPECT_THAT(message_, HasSubstr(file.string()));
    EXPECT_TRUE(load->staged().empty());
    for (const fs::directory_entry& entry :
         fs::recursive_directory_iterator(lake()->staging_folder())) {
      EXPECT_NE(entry.path().extension(), ".parquet") << entry.path() << " is left";
    }
    load->abort();
    return code;
  }
  fs::path hex(const char* text) { return write_hex(folder_ / "in" / "x.parquet", text); }
  fs::path cut(const fs::path& file, int64_t bytes) {
    fs::resize_file(file, static_cast<uintmax_t>(bytes));
    return file;
  }

  std::string message_;
};

TEST_F(HostileFilesTest, Truncated) {
  EXPECT_EQ(stage(cut(parquet("SELECT range AS id FROM range(10000)"), 1000)), ErrorCode::kBadFile);
  EXPECT_EQ(stage(cut(parquet("SELECT 1 AS id"), 0)), ErrorCode::kBadFile);
  EXPECT_EQ(stage(cut(parquet("SELECT 1 AS id"), 5)), ErrorCode::kBadFile);
}

TEST_F(HostileFilesTest, NotParquetAtAll) {
  EXPECT_EQ(stage(text_file("{\"id\": 1}\n{\"id\": 2}\n", ".parquet")), ErrorCode::kBadFile);
}

TEST_F(HostileFilesTest, MissingFilesAndFolders) {
  EXPECT_EQ(stage(folder_ / "nobody.parquet"), ErrorCode::kNotFound);
  EXPECT_EQ(stage(folder_ / "in"), ErrorCode::kBadFile);
}

TEST_F(HostileFilesTest, DecimalsThatWouldKillTheEngine) {
  EXPECT_EQ(stage(hex(kWideDecimal)), ErrorCode::kTypeMismatch);
  EXPECT_THAT(message_, HasSubstr("38"));
  EXPECT_EQ(text("SELECT 1"), "1") << "the engine lives";
}

TEST_F(HostileFilesTest, TextThatIsNoUtf8) {
  EXPECT_EQ(stage(hex(kInvalidText)), ErrorCode::kBadFile);
}

TEST_F(HostileFilesTest, CorruptPages) {
  const fs::path file = parquet("SELECT md5(range::VARCHAR) AS v FROM range(50000)");
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(static_cast<std::streamoff>(fs::file_size(file) / 2));
  bytes << std::string(64, '\xff');
  bytes.close();
  EXPECT_EQ(stage(file), ErrorCode::kBadFile);
}

TEST_F(HostileFilesTest, NullsWhereThereMustBeNone) {
  EXPECT_EQ(stage(parquet("SELECT CASE WHEN range <> 7 THEN range END AS id FROM range(10)"),
                  {{"id", "BIGINT", false}}),
            ErrorCode::kConstraint);
  EXPECT_THAT(message_, HasSubstr("id"));
}

TEST_F(HostileFilesTest, ColumnsThatTheTableDoesNotHave) {
  EXPECT_EQ(stage(parquet("SELECT 1 AS id, 2 AS other"), {{"id", "BIGINT", true}}),
            ErrorCode::kTypeMismatch);
  EXPECT_THAT(message_, HasSubstr("other"));
}

TEST_F(HostileFilesTest, ValuesThatDoNotFitTheirType) {
  EXPECT_EQ(stage(parquet("SELECT 'x' AS id"), {{"id", "BIGINT", true}}), ErrorCode::kTypeMismatch);
  EXPECT_EQ(stage(parquet("SELECT 300 AS id"), {{"id", "TINYINT", true}}),
            ErrorCode::kTypeMismatch);
}

class RoundedValuesTest : public HostileFilesTest {
 protected:
  // The ways in which a value may come, in a column x. `json` as in JSON, `sql` for Parquet.
  std::vector<std::pair<fs::path, StageOptions>> ways(const std::string& sql,
                                                      const std::string& json,
                                                      const std::string& csv) {
    StageOptions text;
    std::vector<std::pair<fs::path, StageOptions>> all;
    if (!sql.empty()) all.emplace_back(parquet("SELECT " + sql + " AS x"), text);
    text.format = FileFormat::kJsonl;
    if (!json.empty()) all.emplace_back(text_file("{\"x\": " + json + "}\n", ".jsonl"), text);
    text.format = FileFormat::kCsv;
    if (!csv.empty()) all.emplace_back(text_file("x\n" + csv + "\n", ".csv"), text);
    return all;
  }
};

TEST_F(RoundedValuesTest, AreRefusedWithColumnAndValue) {
  struct Case {
    const char *type, *sql, *json, *csv, *value;
  };
  for (const Case& one :
       {Case{"BIGINT", "2.7::DOUBLE", "2.7", "2.7", "2.7"},
        Case{"BIGINT", "2.7::DECIMAL(9,1)", "\"2.7\"", "270e-2", "2"},
        Case{"BIGINT", "'2.7'", "1e300", "9223372036854775808", ""},
        Case{"TINYINT", "300", "300", "300", "300"},
        Case{"DECIMAL(9,2)", "1.239::DOUBLE", "1.239", "1.239", "1.239"},
        Case{"DECIMAL(9,2)", "1.239::DECIMAL(9,3)", "\"1.239\"", "1239e-3", "1"},
        Case{"DECIMAL(9,2)", "12345678.5::DOUBLE", "", "12345678.5", "12345678.5"},
        Case{"DATE", "TIMESTAMP '2026-01-02 10:00:00'", "\"2026-01-02T10:00:00\"",
             "2026-01-02 10:00:00", "2026-01-02"},
        Case{"BOOLEAN", "2", "", "", "2"},
        Case{"BIGINT[]", "[1, 2.7]::DOUBLE[]", "[1, 2.7]", "", "2.7"},
        Case{"STRUCT(a DECIMAL(9,1))", "{'a': 1.25::DOUBLE}", "{\"a\": 1.25}", "", "1.25"}}) {
    for (const auto& [file, options] : ways(one.sql, one.json, one.csv)) {
      EXPECT_EQ(stage(file, {{"x", one.type, true}}, options), ErrorCode::kTypeMismatch)
          << message_;
      EXPECT_THAT(message_, HasSubstr("column 'x' is "));
      EXPECT_THAT(message_, HasSubstr(one.value));
    }
  }
}

TEST_F(RoundedValuesTest, AreNoneWhereAnotherTypeHoldsThemAsTheyAre) {
  struct Case {
    const char *type, *sql, *json, *csv, *kept;
  };
  int loads = 0;
  for (const Case& one :
       {Case{"BIGINT", "2.0::DOUBLE", "2.0", "2.0", "2"},
        Case{"BIGINT", "2.0::DECIMAL(9,1)", "2e0", "20e-1", "2"},
        Case{"BIGINT", "-0.0::DOUBLE", "-0.0", "-0.0", "0"},
        Case{"BIGINT", "'9007199254740993'", "9007199254740993", "9007199254740993.0",
             "9007199254740993"},
        Case{"BIGINT", "NULL::DOUBLE", "null", "\"\"", "NULL"},
        Case{"DECIMAL(9,2)", "1.23::DOUBLE", "1.23", "1.2300", "1.23"},
        Case{"DECIMAL(38,9)", "0.1::FLOAT::DOUBLE::DECIMAL(38,9)", "\"0.100000001\"",
             "1.00000001e-1", "0.100000001"},
        Case{"DATE", "TIMESTAMP '2026-01-02'", "\"2026-01-02T00:00:00\"", "2026-01-02",
             "2026-01-02"},
        Case{"BOOLEAN", "1", "true", "true", "true"},
        Case{"BIGINT[]", "[1, 2.0, NULL]::DOUBLE[]", "[1, 2.0, null]", "", "[1, 2, NULL]"}}) {
    for (const auto& [file, options] : ways(one.sql, one.json, one.csv)) {
      const std::string table = "t" + std::to_string(loads++);
      TableSpec spec = append_to(table);
      spec.columns = {{"x", one.type, true}};
      db().create_schema("s");
      auto load = db().open_load({"s", "", table});
      load->declare({spec});
      load->stage_file(table, "job", file.string(), options);
      load->commit();
      EXPECT_EQ(text("SELECT CAST(x AS VARCHAR) FROM s." + table), one.kept) << file;
    }
  }
}

TEST_F(HostileFilesTest, BrokenJsonAndCsv) {
  const std::vector<Column> columns{{"id", "BIGINT", true}, {"v", "VARCHAR", true}};
  StageOptions json;
  json.format = FileFormat::kJsonl;
  EXPECT_EQ(stage(text_file("{\"id\": 1}\n{\"id\": ", ".jsonl"), columns, json),
            ErrorCode::kBadFile);
  StageOptions csv;
  csv.format = FileFormat::kCsv;
  const ErrorCode code = stage(text_file("id,v\n1,a\nx,b\n", ".csv"), columns, csv);
  EXPECT_TRUE(code == ErrorCode::kTypeMismatch || code == ErrorCode::kBadFile);
}

TEST_F(HostileFilesTest, CompressedTextThatIsCutOrDamaged) {
  for (const char* packing : {"gzip", "zstd"}) {
    for (const FileFormat format : {FileFormat::kJsonl, FileFormat::kCsv}) {
      StageOptions options;
      options.format = format;
      const bool json = format == FileFormat::kJsonl;
      const fs::path file = folder_ / "in" / "text";
      tool_.run("COPY (SELECT range AS id, md5(range::VARCHAR) AS v FROM range(5000)) TO '" +
                file.string() + "' (FORMAT " + (json ? "json" : "csv") + ", COMPRESSION " +
                packing + ")");
      const std::string whole = read_file(file);
      const std::string damaged = whole.substr(0, whole.size() - 8) + "damaged!";
      for (const std::string& bytes :
           {whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 1), whole + "more",
            damaged}) {
        write_file_synced(file, bytes);
        EXPECT_EQ(stage(file, {}, options), ErrorCode::kBadFile) << packing << bytes.size();
        EXPECT_EQ(stage(file, {{"id", "BIGINT", true}, {"v", "VARCHAR", true}}, options),
                  ErrorCode::kBadFile);
      }
    }
  }
  StageOptions jsonl;
  jsonl.format = FileFormat::kJsonl;
  EXPECT_EQ(stage(text_file("", ".jsonl.gz"), {{"id", "BIGINT", true}}, jsonl),
            ErrorCode::kBadFile);
}

TEST_F(HostileFilesTest, TwoThousandColumnsAreFine) {
  std::string sql = "SELECT 0 AS c0";
  for (int i = 1; i < 2000; ++i) sql += ", " + std::to_string(i) + " AS c" + std::to_string(i);
  load("1", append_to("t"), sql);
  EXPECT_EQ(text("SELECT c1999 FROM s.t"), "1999");
}

TEST_F(HostileFilesTest, CellsOfTenMegabytesAreFine) {
  load("1", append_to("t"), "SELECT 1 AS id, repeat('x', 10485760) AS v");
  const fs::path json =
      text_file("{\"id\": 2, \"v\": \"" + std::string(10'485'760, 'y') + "\"}\n", ".jsonl");
  auto pending = db().open_load({"s", "", "2"});
  pending->declare({append_to("t")});
  StageOptions options;
  options.format = FileFormat::kJsonl;
  pending->stage_file("t", "job", json.string(), options);
  pending->commit();
  EXPECT_EQ(text("SELECT string_agg(left(v, 1) || length(v), ' ' ORDER BY id) FROM s.t"),
            "x10485760 y10485760");
}

TEST_F(HostileFilesTest, OddNamesAreFine) {
  const std::string odd = "a \"b'c;--\xc3\xbc";
  load("1", append_to(odd), "SELECT 1 AS \"SELECT\", 2 AS \"a \"\"b'c\", 3 AS \"\xc3\xbc \"");
  load("2", append_to(odd), "SELECT 4 AS \"SELECT\", 5 AS \"a \"\"b'c\", 6 AS \"\xc3\xbc \"");
  // The engine knows capitals of ASCII alone.
  load("3", append_to("\xc3\x84rzte"), "SELECT 1 AS id");
  load("4", append_to("\xc3\x84RZTE"), "SELECT 2 AS id");
  EXPECT_EQ(text("SELECT sum(id) FROM s.\"\xc3\x84rzte\""), "3");
  EXPECT_TRUE(db().columns("s", "\xc3\x84rzte"));
  EXPECT_EQ(
      text(
          "SELECT sum(\"SELECT\" + \"a \"\"b'c\" + \"\xc3\xbc \") FROM s.\"a \"\"b'c;--\xc3\xbc\""),
      "21");
  expect_sound(db());
}

}  // namespace
}  // namespace hotload::lake
