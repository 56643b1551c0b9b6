// SPDX-License-Identifier: Apache-2.0
#include "server/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "hotload/error.h"
#include "server/text.h"

namespace hotload::server {
namespace {

using boost::json::object;

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() { make_folder(folder_); }
  ~JournalTest() override { remove_quietly(folder_); }

  const fs::path folder_ = fs::temp_directory_path() / ("journal-" + random_hex(6));
  const fs::path path_ = folder_ / "journal.jsonl";
};

TEST_F(JournalTest, WhatWasPutIsThereAgainAndWhatWasErasedIsNot) {
  {
    Journal journal(path_);
    journal.put("a", "1", object{{"x", 1}});
    journal.put("a", "1", object{{"x", 2}});
    journal.put("a", "2", object{{"x", 3}}, Journal::Durable::kSoon);
    journal.put("b", "1", object{{"x", 4}});
    journal.erase("b", "1");
  }
  Journal journal(path_);
  EXPECT_EQ(journal.get("a", "1")->at("x").as_int64(), 2);
  EXPECT_EQ(journal.count("a"), 2U);
  EXPECT_FALSE(journal.get("b", "1"));
  EXPECT_EQ(journal.list("a", "2").size(), 1U);
}

TEST_F(JournalTest, ATornLastLineCountsAsNotWritten) {
  {
    Journal(path_).put("a", "1", object{{"x", 1}});
  }
  File(path_, File::Mode::kAppend).append(R"({"kind":"a","id":"2","rec)");
  EXPECT_EQ(Journal(path_).count("a"), 1U);
}

TEST_F(JournalTest, DamageInTheMiddleIsAnError) {
  {
    Journal(path_).put("a", "1", object{{"x", 1}});
  }
  File(path_, File::Mode::kAppend)
      .append("nonsense\n{\"kind\":\"a\",\"id\":\"2\",\"record\":{}}\n");
  try {
    Journal journal(path_);
    FAIL() << "it was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  }
}

TEST_F(JournalTest, ItIsRewrittenWhenMostOfItIsOld) {
  Journal journal(path_);
  const std::string big(100'000, 'x');
  for (int i = 0; i < 200; ++i) {
    journal.put("a", "1", object{{"n", i}, {"x", big}}, Journal::Durable::kSoon);
  }
  EXPECT_LT(fs::file_size(path_), 6'000'000U);
  EXPECT_EQ(Journal(path_).get("a", "1")->at("n").as_int64(), 199);
}

TEST_F(JournalTest, RecordsMayNestAsDeepAsRequestsDoAndMore) {
  boost::json::value deep = 1;
  for (int i = 0; i < 60; ++i) deep = object{{"x", deep}};
  {
    Journal journal(path_);
    journal.put("a", "1", deep.as_object());
    EXPECT_EQ(journal.get("a", "1"), deep);
  }
  EXPECT_EQ(Journal(path_).list("a"), std::vector{deep});
}

// A limit on the size of files stands for a disk that is full.
TEST_F(JournalTest, AWriteThatFailsChangesNothingAndHarmsNoLaterOne) {
  {
    Journal journal(path_);
    journal.put("a", "1", object{{"x", 1}});
    std::signal(SIGXFSZ, SIG_IGN);
    struct rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    struct rlimit full = before;
    full.rlim_cur = fs::file_size(path_) + 10;
    ::setrlimit(RLIMIT_FSIZE, &full);
    EXPECT_THROW(journal.put("a", "1", object{{"x", 2}}), Error);
    EXPECT_THROW(journal.put("a", "2", object{{"x", 2}}), Error);
    EXPECT_THROW(journal.erase("a", "1"), Error);
    ::setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_EQ(journal.get("a", "1")->at("x").as_int64(), 1);
    EXPECT_FALSE(journal.get("a", "2"));
    journal.put("a", "3", object{{"x", 3}});
  }
  Journal journal(path_);
  EXPECT_EQ(journal.get("a", "1")->at("x").as_int64(), 1);
  EXPECT_EQ(journal.get("a", "3")->at("x").as_int64(), 3);
  EXPECT_EQ(journal.count("a"), 2U);
}

}  // namespace
}  // namespace hotload::server
