// SPDX-License-Identifier: Apache-2.0
#include "server/results.h"

#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.h>

#include "hotload/error.h"
#include "server/text.h"

namespace hotload::server {
namespace {

// One batch of the column "x".
ArrowStream numbers(int64_t count) {
  ArrowSchema schema{};
  ArrowSchemaInit(&schema);
  ArrowSchemaSetTypeStruct(&schema, 1);
  ArrowSchemaSetType(schema.children[0], NANOARROW_TYPE_INT64);
  ArrowSchemaSetName(schema.children[0], "x");
  ArrowArray batch{};
  ArrowArrayInitFromSchema(&batch, &schema, nullptr);
  ArrowArrayStartAppending(&batch);
  for (int64_t i = 0; i < count; ++i) {
    ArrowArrayAppendInt(batch.children[0], i);
    ArrowArrayFinishElement(&batch);
  }
  ArrowArrayFinishBuildingDefault(&batch, nullptr);
  ArrowArrayStream raw{};
  ArrowBasicArrayStreamInit(&raw, &schema, 1);
  ArrowBasicArrayStreamSetArray(&raw, 0, &batch);
  return ArrowStream(raw);
}

TEST(Results, OneThatIsTooLargeIsNotKeptAndLeavesNothing) {
  const fs::path folder = fs::temp_directory_path() / ("results-" + random_hex(6));
  make_folder(folder);
  Journal journal(folder / "journal.jsonl");
  Results results(journal, folder / "results", 3600, 10'000);
  EXPECT_EQ(results.keep("db1", numbers(100)).rows, 100);
  try {
    results.keep("db1", numbers(10'000));
    ADD_FAILURE() << "it was kept";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kExhausted);
  }
  EXPECT_EQ(results.list("db1").size(), 1U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "results"), {}), 1);
  remove_quietly(folder);
}

}  // namespace
}  // namespace hotload::server
