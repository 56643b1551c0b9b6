// SPDX-License-Identifier: Apache-2.0
// The gate for SQL from outside: a statement is answered or refused with an Error, and none that
// runs reads the file that it must not see.
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

// A lake with one table, and a file of a secret that lies in the working directory.
class World {
 public:
  World() {
    std::filesystem::create_directories(folder_);
    std::filesystem::current_path(folder_);
    std::ofstream("secret.csv") << "a\n" << kSecret << "\n";
    workspace_ = open_workspace((folder_ / "fuzz.lake").string());
    database_ = workspace_->create_database("d");
    database_->open_session({})->query("CREATE TABLE main.t AS SELECT 1 AS id, 'x' AS name", {});
    SessionOptions options;
    options.schema = "main";
    options.read_only = true;
    options.restricted = true;
    options.catalog = "default";
    session_ = database_->open_session(options);
    // A recursion without end is no fault of the gate.
    clock_ = std::thread([this] {
      while (!ended_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        session_->interrupt();
      }
    });
  }
  ~World() {
    ended_ = true;
    clock_.join();
    session_.reset();
    database_.reset();
    workspace_.reset();
    std::filesystem::current_path("/");
    std::filesystem::remove_all(folder_);
  }

  void run(const std::string& sql) {
    try {
      arrow::Rows rows(session_->query(sql, {}));
      std::string text;
      for (int64_t row = 0; row < kMaxRows && rows.next(); ++row) {
        for (int64_t column = 0; column < rows.width(); ++column) {
          rows.append_json(column, text);
        }
      }
      if (text.find(kSecret) != std::string::npos) std::abort();
    } catch (const Error&) {
      // Refused, or no SQL.
    }
  }

 private:
  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("hotload-fuzz-" + std::to_string(::getpid()));
  std::shared_ptr<Workspace> workspace_;
  std::shared_ptr<Database> database_;
  std::unique_ptr<Session> session_;
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
