// SPDX-License-Identifier: Apache-2.0
// The life of a lake's folder: databases come and go, processes exclude each other.
#include "hotload/workspace.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "lake/layout.h"
#include "lake/testing.h"

namespace hotload::lake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WorkspaceTest : public LakeTest {};

TEST_F(WorkspaceTest, DatabasesComeAndGo) {
  auto place = open_workspace(root_folder().string(), options_);
  EXPECT_THAT(place->list_databases(), IsEmpty());
  EXPECT_EQ(code_of([&] { place->open_database("a"); }), ErrorCode::kNotFound);
  place->create_database("a");
  place->create_database("b");
  EXPECT_EQ(code_of([&] { place->create_database("a"); }), ErrorCode::kAlreadyExists);
  EXPECT_THAT(place->list_databases(), ElementsAre("a", "b"));
  place->drop_database("a");
  EXPECT_FALSE(place->has_database("a"));
  EXPECT_FALSE(fs::exists(root_folder() / "a"));
  EXPECT_EQ(code_of([&] { place->drop_database("a"); }), ErrorCode::kNotFound);
  EXPECT_EQ(text(*place->create_database("a"), "SELECT 1"), "1") << "its name is free again";
}

TEST_F(WorkspaceTest, ManyDatabasesOfOneFolderAreUsedAtOnceAndAfterReopening) {
  auto place = open_workspace(root_folder().string(), options_);
  for (const char* name : {"a", "b", "c"}) {
    auto database = place->create_database(name);
    load(*database, "1", append_to("t"), std::string("SELECT '") + name + "' AS name");
  }
  place.reset();
  close_idle_workspaces();
  place = open_workspace(root_folder().string(), options_);
  for (const char* name : {"c", "b", "a"}) {
    EXPECT_EQ(text(*place->open_database(name), "SELECT name FROM s.t"), name);
  }
}

TEST_F(WorkspaceTest, DatabasesThatNobodyUsesAreClosedAndOpenedAgain) {
  options_.close_after_ms = 20;
  auto place = open_workspace(root_folder().string(), options_);
  const auto attached = [&] {
    return text(*place->open_database("d0"),
                "SELECT count(*) FROM duckdb_databases() "
                "WHERE starts_with(database_name, 'lake_')");
  };
  auto held = place->create_database("held");
  ArrowStream rows;
  for (int i = 0; i < 6; ++i) {
    auto database = place->create_database("d" + std::to_string(i));
    load(*database, "1", append_to("t"), "SELECT range AS id FROM range(200000)");
    if (i == 5) rows = database->query("SELECT id FROM s.t");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  place->open_database("d0");  // looks, and sees what is held
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(attached(), "3") << "d0, the one that is held, and the one of an open result";
  EXPECT_EQ(text(*place->open_database("d3"), "SELECT count(*) FROM s.t"), "200000");
  EXPECT_EQ(place->open_database("d3")->history(0).size(), 1u);
  load(*place->open_database("d4"), "2", append_to("t"), "SELECT 7 AS id");
  EXPECT_EQ(text(*place->open_database("d4"), "SELECT count(*) FROM s.t"), "200001");
  EXPECT_EQ(text(*held, "SELECT 1"), "1");
}

TEST_F(WorkspaceTest, NamesThatMeanSomethingElseInTheFolderAreRefused) {
  auto place = open_workspace(root_folder().string(), options_);
  for (const char* name : {"lock", "spill", "LOCK", "", "a/b", "..", ".x", "a b"}) {
    EXPECT_EQ(code_of([&] { place->create_database(name); }), ErrorCode::kInvalidArgument) << name;
  }
  place->create_database("main");
  // The engine compares names without regard to case, the file system may not.
  EXPECT_EQ(code_of([&] { place->create_database("MAIN"); }), ErrorCode::kAlreadyExists);
}

TEST_F(WorkspaceTest, AnAddressWithoutItsSchemeIsNoNewFolder) {
  for (const char* address : {"localhost:8080", "10.0.0.1:80/", "[::1]:443"}) {
    const auto open = [&] { open_workspace(address, options_); };
    EXPECT_EQ(code_of(open), ErrorCode::kInvalidArgument) << address;
    EXPECT_THAT(message_of(open), HasSubstr(std::string("http://") + address));
    EXPECT_FALSE(fs::exists(address));
  }
}

TEST_F(WorkspaceTest, AFolderMayHaveTheNameOfAnAddress) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  fs::create_directory("localhost:8080");
  EXPECT_NO_THROW(open_workspace("localhost:8080", options_)->create_database("main"));
  EXPECT_TRUE(fs::exists(fs::path("localhost:8080") / "main" / kCatalogFile));
  fs::current_path(before);
}

TEST_F(WorkspaceTest, HandlesOfOneFolderShareItsEngine) {
  auto one = open_workspace(root_folder().string(), options_);
  auto other = open_workspace("file://" + (root_folder() / ".." / "lake").string(), options_);
  one->create_database("a")->create_schema("s");
  EXPECT_THAT(other->open_database("a")->list_schemas(), ElementsAre("main", "s"));
}

TEST_F(WorkspaceTest, AFolderThatWasDeletedAndMadeAnewIsANewLake) {
  load("1", append_to("t"), "SELECT 1 AS id");
  db_.reset();
  workspace_.reset();
  fs::remove_all(root_folder());
  // At once: the engine of the old one may still be idle.
  auto place = open_workspace(root_folder().string(), options_);
  EXPECT_THAT(place->list_databases(), IsEmpty());
  EXPECT_EQ(text(*place->create_database("main"), "SELECT 1"), "1");
  EXPECT_TRUE(fs::exists(root_folder() / "main" / kCatalogFile));
}

TEST_F(WorkspaceTest, AnotherProcessIsToldWhoHoldsTheLake) {
  make_directories(root_folder());
  const fs::path lock = root_folder() / "lock";
  int ready[2];
  int done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const int fd = ::open(lock.c_str(), O_RDWR | O_CREAT, 0644);
    ::flock(fd, LOCK_EX);
    const std::string holder = "process 4711 (somebody)";
    if (::write(fd, holder.data(), holder.size()) < 0 || ::write(ready[1], "x", 1) < 0) ::_exit(1);
    char byte;
    ::close(done[1]);
    [[maybe_unused]] const ssize_t n = ::read(done[0], &byte, 1);
    ::_exit(0);
  }
  char byte;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const auto open = [&] { open_workspace(root_folder().string(), options_); };
  EXPECT_EQ(code_of(open), ErrorCode::kLocked);
  EXPECT_THAT(message_of(open), HasSubstr("process 4711 (somebody)"));
  ASSERT_EQ(::write(done[1], "x", 1), 1);
  ::waitpid(child, nullptr, 0);
  EXPECT_NO_THROW(open());
  for (const int fd : {ready[0], ready[1], done[0], done[1]}) ::close(fd);
}

TEST_F(WorkspaceTest, TheFolderIsFreeOnceNobodyUsesIt) {
  load("1", append_to("t"), "SELECT 1 AS id");
  auto stream = db().query("SELECT * FROM s.t");
  db_.reset();
  workspace_.reset();
  close_idle_workspaces();
  const auto lock_is_free = [&] {
    const int fd = ::open((root_folder() / "lock").c_str(), O_RDWR);
    const bool free = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    ::close(fd);
    return free;
  };
  stream.reset();
  close_idle_workspaces();
  EXPECT_TRUE(lock_is_free());
  EXPECT_FALSE(fs::exists(root_folder() / "main" / (std::string(kCatalogFile) + ".wal")))
      << "a closed catalog is one file";
}

TEST_F(WorkspaceTest, ALakeOfANewerFormatIsLeftAlone) {
  open();
  db_.reset();
  workspace_.reset();
  close_idle_workspaces();
  write_file_synced(root_folder() / kFormatFile, "{\"format\": 99}");
  const auto open = [&] { open_workspace(root_folder().string(), options_); };
  EXPECT_EQ(code_of(open), ErrorCode::kVersion);
  EXPECT_THAT(message_of(open), HasSubstr("99"));
  write_file_synced(root_folder() / kFormatFile, "rubbish");
  EXPECT_EQ(code_of(open), ErrorCode::kCorrupt);
}

TEST_F(WorkspaceTest, AFolderOfSomethingElseIsRefused) {
  make_directories(root_folder());
  write_file_synced(root_folder() / "thesis.tex", "x");
  const auto open = [&] { open_workspace(root_folder().string(), options_); };
  EXPECT_EQ(code_of(open), ErrorCode::kInvalidArgument);
  EXPECT_THAT(message_of(open), HasSubstr("thesis.tex"));
  EXPECT_TRUE(fs::exists(root_folder() / "thesis.tex"));
  EXPECT_EQ(std::distance(fs::directory_iterator(root_folder()), {}), 1) << "nothing is left in it";
}

TEST_F(WorkspaceTest, ACatalogThatCannotBeOpenedIsNamedWithWhatToDo) {
  load("1", append_to("t"), "SELECT 1::BIGINT AS id");
  const fs::path catalog = root_folder() / "main" / kCatalogFile;
  const auto close = [&] {
    db_.reset();
    workspace_.reset();
    close_idle_workspaces();
  };
  close();
  fs::copy_file(catalog, folder_ / "whole");
  const auto use = [&] {
    open();
    db().list_tables("s");
  };
  {
    engine::Connection newer(instance_);
    newer.run("ATTACH '" + catalog.string() + "' AS newer; UPDATE newer.ducklake_metadata SET " +
              "value = '7.0' WHERE key = 'version'; DETACH newer");
  }
  EXPECT_EQ(code_of(use), ErrorCode::kVersion);
  EXPECT_THAT(message_of(use), AllOf(HasSubstr(catalog.string()), HasSubstr("newer hotload")));
  close();
  fs::copy_file(folder_ / "whole", catalog, fs::copy_options::overwrite_existing);
  fs::resize_file(catalog, fs::file_size(catalog) / 2);
  EXPECT_EQ(code_of(use), ErrorCode::kCorrupt);
  EXPECT_THAT(message_of(use), AllOf(HasSubstr(catalog.string()), HasSubstr("from a copy")));
  close();
  fs::copy_file(folder_ / "whole", catalog, fs::copy_options::overwrite_existing);
  use();
  EXPECT_EQ(text("SELECT id FROM s.t"), "1");
}

TEST_F(WorkspaceTest, WithoutCreateAMissingFolderIsAnError) {
  options_.create = false;
  EXPECT_EQ(code_of([&] { open_workspace(root_folder().string(), options_); }),
            ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(root_folder()));
}

TEST_F(WorkspaceTest, AReadOnlyFolderIsAPermissionError) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  make_directories(root_folder());
  ::chmod(root_folder().c_str(), 0555);
  EXPECT_EQ(code_of([&] { open_workspace(root_folder().string(), options_); }),
            ErrorCode::kPermission);
  ::chmod(root_folder().c_str(), 0755);
}

TEST_F(WorkspaceTest, ADatabaseThatIsDroppedUnderAHandleIsNotFound) {
  load("1", append_to("t"), "SELECT 1 AS id");
  auto session = db().open_session({});
  auto load = staged(db(), "2", append_to("t"), "SELECT 2 AS id");
  workspace().drop_database("main");
  EXPECT_EQ(code_of([&] { db().list_schemas(); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { rows(*session, "SELECT * FROM s.t"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { load->commit(); }), ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(root_folder() / "main"));
}

TEST_F(WorkspaceTest, HalfADatabaseOfACrashDoesNotExistAndIsReplaced) {
  auto place = open_workspace(root_folder().string(), options_);
  make_directories(root_folder() / "a" / "data");
  write_file_synced(root_folder() / "a" / kCatalogFile, "half");
  EXPECT_FALSE(place->has_database("a"));
  EXPECT_EQ(text(*place->create_database("a"), "SELECT 1"), "1");
}

TEST_F(WorkspaceTest, AForkedChildOpensLakesOfItsOwn) {
  load("1", append_to("t"), "SELECT 1 AS id");
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      auto place = open_workspace((folder_ / "own").string(), options_);
      const bool good = text(*place->create_database("a"), "SELECT 1") == "1";
      bool locked = false;
      try {
        open_workspace(root_folder().string(), options_);
      } catch (const Error& error) {
        locked = error.code() == ErrorCode::kLocked;
      }
      ::_exit(good && locked ? 0 : 2);
    } catch (...) {
      ::_exit(1);
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(text("SELECT count(*) FROM s.t"), "1");
}

}  // namespace
}  // namespace hotload::lake
