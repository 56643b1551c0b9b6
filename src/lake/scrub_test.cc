// SPDX-License-Identifier: Apache-2.0
#include "lake/scrub.h"

#include <fstream>

#include "lake/testing.h"

namespace hotload::lake {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ScrubTest : public LakeTest {
 protected:
  void fill() {
    load("1", append_to("t"), "SELECT range AS id, md5(range::VARCHAR) AS v FROM range(20000)");
    load("2", upsert_into("t", "id"), "SELECT range AS id, 'b' AS v FROM range(10)");
  }
  CatalogFile data_file() {
    for (const CatalogFile& file : live_files("t")) {
      if (!file.deletes && file.rows == 20000) return file;
    }
    ADD_FAILURE() << "no data file";
    return {};
  }
  CatalogFile delete_file() {
    for (const CatalogFile& file : live_files("t")) {
      if (file.deletes) return file;
    }
    ADD_FAILURE() << "no delete file";
    return {};
  }
  // Overwrites bytes in the middle.
  void flip(const fs::path& path, int64_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << "################";
  }
  // Changes the catalog as a fault of the engine would.
  void break_catalog(const std::string& sql) {
    lake()->connect()->run(sql);
    lake()->take_stamp();
  }
};

TEST_F(ScrubTest, FindsNothingInASoundLake) {
  fill();
  const ScrubReport report = db().scrub();
  EXPECT_THAT(kinds(report), IsEmpty());
  EXPECT_GE(report.tables, 2);
  EXPECT_GE(report.files, 4);
  EXPECT_GE(report.rows, 20002);
}

TEST_F(ScrubTest, AFileThatTwoDeletesOfOneTransactionTookIsNoFinding) {
  fill();
  auto session = db().open_session({.schema = "s", .read_only = false, .as_of = {}});
  session->begin();
  session->query("DELETE FROM t WHERE id < 100", {});
  session->query("DELETE FROM t WHERE id >= 100", {});
  session->commit();
  load("3", append_to("t"), "SELECT range AS id, 'c' AS v FROM range(5)");
  EXPECT_THAT(kinds(db().scrub()), IsEmpty());
}

TEST_F(ScrubTest, FindsAMissingFile) {
  fill();
  fs::remove(data_file().path);
  const ScrubReport report = db().scrub();
  EXPECT_THAT(kinds(report), Contains("missing_file"));
  EXPECT_EQ(report.findings.front().table, "s.t");
}

TEST_F(ScrubTest, FindsATruncatedFile) {
  fill();
  fs::resize_file(data_file().path, 5000);
  EXPECT_THAT(kinds(db().scrub()), Contains("footer"));
}

TEST_F(ScrubTest, FindsFlippedBytes) {
  fill();
  flip(data_file().path, data_file().size_bytes / 2);
  EXPECT_THAT(kinds(db().scrub()), Contains("unreadable"));
}

TEST_F(ScrubTest, FindsAWrongRowCount) {
  fill();
  break_catalog("UPDATE " + lake()->metadata("ducklake_data_file") +
                " SET record_count = record_count + 1 WHERE record_count = 20000");
  EXPECT_THAT(kinds(db().scrub()), Contains("row_count"));
}

TEST_F(ScrubTest, FindsAWrongSize) {
  fill();
  break_catalog("UPDATE " + lake()->metadata("ducklake_data_file") +
                " SET footer_size = footer_size + 1 WHERE record_count = 20000");
  EXPECT_THAT(kinds(db().scrub()), Contains("footer"));
}

TEST_F(ScrubTest, FindsAWrongDeleteFile) {
  fill();
  const std::string file = delete_file().path.string();
  tool_.run(
      "COPY (SELECT file_path, CASE WHEN pos = 3 THEN 4 WHEN pos = 5 THEN 20000 ELSE pos "
      "END AS pos FROM '" +
      file + "') TO '" + (folder_ / "d.parquet").string() + "'");
  fs::rename(folder_ / "d.parquet", file);
  EXPECT_THAT(kinds(db().scrub()), Contains("delete_range"));
}

TEST_F(ScrubTest, FindsDuplicateKeysOfMergedTables) {
  load("1", upsert_into("t", "id"), "SELECT range AS id FROM range(100)");
  load("2", upsert_into("t", "id"), "SELECT range AS id FROM range(50, 150)");
  EXPECT_THAT(kinds(db().scrub()), IsEmpty());
  run("INSERT INTO s.t VALUES (7)");
  EXPECT_THAT(kinds(db().scrub()), ElementsAre("duplicate_key"));
}

TEST_F(ScrubTest, ExpectsNoUniqueKeysOfTablesThatWereAppendedTo) {
  load("1", upsert_into("t", "id"), "SELECT range AS id FROM range(100)");
  load("2", append_to("t"), "SELECT range AS id FROM range(100)");
  EXPECT_THAT(kinds(db().scrub()), IsEmpty());
}

TEST_F(ScrubTest, FindsOrphansOnceTheyAreOld) {
  fill();
  const fs::path orphan = lake()->data_folder() / "s" / "t" / "nobody.parquet";
  fs::copy_file(data_file().path, orphan);
  EXPECT_THAT(kinds(db().scrub()), IsEmpty()) << "a commit may be about to name it";
}

TEST_F(ScrubTest, FindsDamagedStagedLoads) {
  auto load = staged(db(), "pending", append_to("t"), "SELECT range AS id FROM range(1000)");
  EXPECT_THAT(kinds(db().scrub()), IsEmpty());
  const fs::path staging = lake()->staging_folder();
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(staging)) {
    if (entry.path().extension() == ".parquet") fs::resize_file(entry.path(), 100);
  }
  EXPECT_THAT(kinds(db().scrub()), ElementsAre("unreadable"));
}

}  // namespace
}  // namespace hotload::lake
