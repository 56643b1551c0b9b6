// SPDX-License-Identifier: Apache-2.0
#include "arrow/result_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "arrow/ipc.h"
#include "arrow/source.h"
#include "arrow/writer.h"
#include "hotload/error.h"

namespace hotload::arrow {
namespace {

namespace fs = std::filesystem;

// Batches of one column of each kind: the number of the row as an integer (every third is NULL), a
// text, a boolean, and a list of so many texts.
class Numbers : public Source {
 public:
  explicit Numbers(std::vector<int64_t> batches) : batches_(std::move(batches)) {}

  void schema(ArrowSchema* out) override {
    ArrowSchemaInit(out);
    ASSERT_EQ(ArrowSchemaSetTypeStruct(out, 4), 0);
    const auto column = [&](int64_t at, const char* name, ArrowType type) {
      ASSERT_EQ(ArrowSchemaSetType(out->children[at], type), 0);
      ASSERT_EQ(ArrowSchemaSetName(out->children[at], name), 0);
    };
    column(0, "n", NANOARROW_TYPE_INT64);
    column(1, "t", NANOARROW_TYPE_STRING);
    column(2, "b", NANOARROW_TYPE_BOOL);
    column(3, "l", NANOARROW_TYPE_LIST);
    ASSERT_EQ(ArrowSchemaSetType(out->children[3]->children[0], NANOARROW_TYPE_STRING), 0);
  }

  void next(ArrowArray* out) override {
    if (at_ == batches_.size()) return;
    Schema type;
    schema(type.get());
    ASSERT_EQ(ArrowArrayInitFromSchema(out, type.get(), nullptr), 0);
    ASSERT_EQ(ArrowArrayStartAppending(out), 0);
    for (int64_t i = 0; i < batches_[at_]; ++i, ++row_) append_row(out);
    ++at_;
    ASSERT_EQ(ArrowArrayFinishBuildingDefault(out, nullptr), 0);
  }

 private:
  void append_row(ArrowArray* out) {
    ArrowArray* const number = out->children[0];
    if (row_ % 3 == 2) {
      ASSERT_EQ(ArrowArrayAppendNull(number, 1), 0);
    } else {
      ASSERT_EQ(ArrowArrayAppendInt(number, row_), 0);
    }
    const std::string text = "row " + std::to_string(row_);
    ASSERT_EQ(ArrowArrayAppendString(out->children[1], ArrowCharView(text.c_str())), 0);
    ASSERT_EQ(ArrowArrayAppendInt(out->children[2], row_ % 2), 0);
    ArrowArray* const list = out->children[3];
    for (int64_t i = 0; i < row_ % 4; ++i) {
      ASSERT_EQ(ArrowArrayAppendString(list->children[0], ArrowCharView(text.c_str())), 0);
    }
    ASSERT_EQ(ArrowArrayFinishElement(list), 0);
    ASSERT_EQ(ArrowArrayFinishElement(out), 0);
  }

  std::vector<int64_t> batches_;
  size_t at_ = 0;
  int64_t row_ = 0;
};

ArrowStream numbers(std::vector<int64_t> batches) {
  return make_stream(std::make_unique<Numbers>(std::move(batches)));
}

std::string all_of(Format format, ArrowStream rows) {
  const auto writer = make_writer(format, std::move(rows));
  std::string out;
  while (writer->next(out)) {
  }
  return out;
}

std::string json_row(int64_t row) {
  std::string text = "[" + (row % 3 == 2 ? "null" : std::to_string(row)) + ",\"row " +
                     std::to_string(row) + "\"," + (row % 2 == 1 ? "true" : "false") + ",[";
  for (int64_t i = 0; i < row % 4; ++i) {
    text += (i > 0 ? ", " : "") + ("\"row " + std::to_string(row) + "\"");
  }
  return text + "]]";
}

std::string json_of(int64_t begin, int64_t end) {
  std::string text = "[";
  for (int64_t row = begin; row < end; ++row) text += (row > begin ? ",\n" : "") + json_row(row);
  return text + "]";
}

ArrowStream read_text(const std::string& bytes) {
  auto at = std::make_shared<size_t>(0);
  return read_ipc([bytes, at](uint8_t* out, int64_t size) {
    // One byte less than asked for: a network gives what it has.
    const size_t count =
        std::min(bytes.size() - *at, static_cast<size_t>(std::max(size / 2, int64_t{1})));
    std::copy_n(bytes.data() + *at, count, out);
    *at += count;
    return static_cast<int64_t>(count);
  });
}

class ResultFileTest : public ::testing::Test {
 protected:
  ResultFileTest() { fs::create_directories(folder_); }
  ~ResultFileTest() override { fs::remove_all(folder_); }
  std::string path() const { return (folder_ / "result").string(); }

  const fs::path folder_ =
      fs::temp_directory_path() / ("hotload-result-" + std::to_string(::getpid()));
};

TEST_F(ResultFileTest, EveryPageIsTheRowsOfItsNumbers) {
  const ResultFile file = write_result_file(numbers({5, 0, 1, 7, 3}), path());
  EXPECT_EQ(file.rows(), 16);
  for (int64_t offset = 0; offset <= 18; ++offset) {
    for (int64_t limit = 0; limit <= 18; ++limit) {
      const int64_t end = std::min<int64_t>(offset + limit, 16);
      EXPECT_EQ(
          all_of(Format::kJson, ResultFile(path()).page({offset, limit})),
          json_of(std::min<int64_t>(offset, 16), std::max(end, std::min<int64_t>(offset, 16))))
          << offset << " " << limit;
    }
  }
  EXPECT_EQ(all_of(Format::kJson, file.page()), json_of(0, 16));
  EXPECT_THROW(file.page({-1, 1}), Error);
}

TEST_F(ResultFileTest, PagesCrossTheWireAsIpc) {
  const ResultFile file = write_result_file(numbers({5, 1, 7}), path());
  for (int64_t offset = 0; offset < 13; ++offset) {
    const std::string bytes = all_of(Format::kIpc, file.page({offset, 4}));
    EXPECT_EQ(all_of(Format::kJson, read_text(bytes)),
              json_of(offset, std::min<int64_t>(offset + 4, 13)));
  }
}

TEST_F(ResultFileTest, TheFileBeginsWithItsIpcStream) {
  const ResultFile file = write_result_file(numbers({5, 7}), path());
  std::ifstream in(path(), std::ios::binary);
  std::string bytes(static_cast<size_t>(file.stream_bytes()), '\0');
  in.read(bytes.data(), file.stream_bytes());
  EXPECT_EQ(bytes, all_of(Format::kIpc, numbers({5, 7})));
  EXPECT_EQ(all_of(Format::kJson, read_text(bytes)), json_of(0, 12));
}

TEST_F(ResultFileTest, AResultWithoutRowsKeepsItsSchema) {
  const ResultFile file = write_result_file(numbers({}), path());
  EXPECT_EQ(file.rows(), 0);
  EXPECT_EQ(all_of(Format::kJson, file.page()), "[]");
  EXPECT_EQ(all_of(Format::kCsv, file.page({3, 3})), "n,t,b,l\r\n");
  EXPECT_EQ(all_of(Format::kCsv, read_text(all_of(Format::kIpc, file.page()))), "n,t,b,l\r\n");
}

TEST_F(ResultFileTest, DamagedFilesAndStreamsAreRefused) {
  EXPECT_THROW(ResultFile{path()}, Error);
  write_result_file(numbers({5, 7}), path());
  const auto size = fs::file_size(path());
  for (const auto cut : {size - 1, size / 2, decltype(size){3}}) {
    fs::resize_file(path(), cut);
    EXPECT_THROW(ResultFile{path()}, Error) << cut;
  }
  const std::string bytes = all_of(Format::kIpc, numbers({5, 7}));
  EXPECT_THROW(read_text("what is this? it is no stream"), Error);
  // Cut anywhere, it is an error or a stream that ends after whole batches; never a crash.
  for (size_t cut = 0; cut < bytes.size(); cut += 7) {
    try {
      all_of(Format::kJson, read_text(bytes.substr(0, cut)));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadFile) << error.what();
    }
  }
}

TEST_F(ResultFileTest, WhatFailsLeavesNoFile) {
  EXPECT_THROW(write_result_file(numbers({1000, 1000}), path(), 1000), Error);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(ResultFileTest, APreviewEndsAtARow) {
  const JsonRows few = json_rows(numbers({5, 7}), 60);
  EXPECT_EQ(few.text, "[" + json_row(0) + "," + json_row(1) + "]");
  EXPECT_FALSE(few.complete);
  EXPECT_EQ(few.rows, 2);
  const JsonRows all = json_rows(numbers({5, 7}), 0);
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.rows, 12);
  ASSERT_EQ(all.columns.size(), 4U);
  EXPECT_EQ(all.columns[1].name, "t");
}

TEST_F(ResultFileTest, MarkdownAndCsv) {
  EXPECT_EQ(all_of(Format::kMarkdown, numbers({2})),
            "| n | t | b | l |\n| ---: | --- | --- | --- |\n| 0 | row 0 | false | [] |\n"
            "| 1 | row 1 | true | [\"row 1\"] |\n");
  EXPECT_EQ(all_of(Format::kCsv, numbers({3})),
            "n,t,b,l\r\n0,row 0,false,[]\r\n1,row 1,true,\"[\"\"row 1\"\"]\"\r\n"
            ",row 2,false,\"[\"\"row 2\"\", \"\"row 2\"\"]\"\r\n");
}

}  // namespace
}  // namespace hotload::arrow
