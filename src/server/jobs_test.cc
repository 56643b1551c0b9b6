// SPDX-License-Identifier: Apache-2.0
#include "server/jobs.h"

#include <gtest/gtest.h>

#include "server/text.h"

namespace hotload::server {
namespace {

using api::JobStatus;
using boost::json::object;
using boost::json::value;

class JobsTest : public ::testing::Test {
 protected:
  ~JobsTest() override { remove_quietly(folder_); }

  Config config_{.engine_slots = 1};
  const fs::path folder_ = fs::temp_directory_path() / ("jobs-" + random_hex(6));
  Journal journal_{[this] {
    make_folder(folder_);
    return folder_ / "journal.jsonl";
  }()};
};

TEST_F(JobsTest, AJobFailsWithWhateverItThrows) {
  Jobs jobs(config_, journal_);
  jobs.define("bad", [](const value&) -> value { throw std::out_of_range("no such key"); });
  const api::Job job = jobs.wait(jobs.submit("bad", "", nullptr).id, 10'000);
  EXPECT_EQ(job.status, JobStatus::kFailed);
  EXPECT_EQ(job.attempts, 3);
  EXPECT_EQ(job.error_message, "no such key");
}

TEST_F(JobsTest, AJobThatEndedTheServerEachTimeIsNotTakenUpAgain) {
  api::Job job;
  job.id = "job1";
  job.job_type = "bad";
  job.created_at = now_utc();
  job.status = JobStatus::kRunning;
  job.attempts = 3;
  object record = to_json(job);
  record["name"] = "";
  record["payload"] = nullptr;
  journal_.put("job", job.id, record);

  bool ran = false;
  Jobs jobs(config_, journal_);
  jobs.define("bad", [&](const value&) -> value { return ran = true; });
  jobs.resume();
  EXPECT_EQ(jobs.wait(job.id, 10'000).status, JobStatus::kFailed);
  EXPECT_FALSE(ran);
}

TEST(Tasks, OneThatThrowsLeavesTheWorkerToTheNext) {
  Tasks tasks(1, 10);
  bool ran = false;
  tasks.submit("1", [] { throw std::runtime_error("no"); });
  tasks.submit("2", [&] { ran = true; });
  EXPECT_TRUE(tasks.wait("2", 10'000));
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace hotload::server
