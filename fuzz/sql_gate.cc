// SPDX-License-Identifier: Apache-2.0
// The gate for SQL from outside: a statement is answered or refused with an Error, and none that
// runs, alone or in a session that may write, reads the file, the variable of the environment or
// the other database that it must not see, or makes a file.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "arrow/rows.h"
#include "hotload/error.h"
#include "hotload/workspace.h"

namespace hotload {
namespace {

constexpr const char* kSecret = "the-secret-of-the-file";
constexpr int64_t kMaxRows = 100;

// A lake with one table, and a secret in a file of the working directory, in a variable of the
// environment, and in another database.
class World {
 public:
  World() {
    std::filesystem::create_directories(folder_);
    std::filesystem::current_path(folder_);
    std::ofstream("secret.csv") << "a\n" << kSecret << "\n";
    ::setenv("SECRET", kSecret, 1);
    workspace_ = open_workspace((folder_ / "fuzz.lake").string());
    workspace_->create_database("other")->open_session({})->query(
        std::string("CREATE TABLE main.s AS SELECT '") + kSecret + "' AS a", {});
    database_ = workspace_->create_database("d");
    database_->open_session({})->query("CREATE TABLE main.t AS SELECT 1 AS id, 'x' AS name", {});
    reader_ = open_session(true);
    writer_ = open_session(false);
    // A recursion without end is no fault of the gate.
    clock_ = std::thread([this] {
      while (!ended_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        reader_->interrupt();
        writer_->interrupt();
      }
    });
  }
  ~World() {
    ended_ = true;
    clock_.join();
    reader_.reset();
    writer_.reset();
    database_.reset();
    workspace_.reset();
    std::filesystem::current_path("/");
    std::filesystem::remove_all(folder_);
  }

  void run(const std::string& sql) {
    if (!answer(*reader_, sql)) write(sql);
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      const std::string name = entry.path().filename().string();
      if (name != "secret.csv" && name != "fuzz.lake") std::abort();
    }
  }

 private:
  std::unique_ptr<Session> open_session(bool read_only) {
    SessionOptions options;
    options.schema = "main";
    options.read_only = read_only;
    options.restricted = true;
    options.catalog = "default";
    return database_->open_session(options);
  }

  // False: refused, or no SQL.
  static bool answer(Session& session, const std::string& sql) {
    try {
      arrow::Rows rows(session.query(sql, {}));
      std::string text;
      for (int64_t row = 0; row < kMaxRows && rows.next(); ++row) {
        for (int64_t column = 0; column < rows.width(); ++column) {
          rows.append_json(column, text);
        }
      }
      if (text.find(kSecret) != std::string::npos) std::abort();
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  // In a transaction that is taken back.
  void write(const std::string& sql) {
    try {
      if (!writer_->in_transaction()) writer_->begin();
      if (answer(*writer_, sql)) answer(*writer_, "SELECT * FROM t");
      if (writer_->in_transaction()) writer_->rollback();
    } catch (const Error&) {
      writer_ = open_session(false);
    }
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("hotload-fuzz-" + std::to_string(::getpid()));
  std::shared_ptr<Workspace> workspace_;
  std::shared_ptr<Database> database_;
  std::unique_ptr<Session> reader_;
  std::unique_ptr<Session> writer_;
  std::atomic<bool> ended_{false};
  std::thread clock_;
};

}  // namespace
}  // namespace hotload

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static hotload::World world;
  const std::string sql(reinterpret_cast<const char*>(data), size);
  // What says its own secret has not read it; what makes rows without end takes too long.
  const bool says = sql.find("secret-of") != std::string::npos;
  if (!says && sql.find("range") == std::string::npos) world.run(sql);
  return 0;
}
