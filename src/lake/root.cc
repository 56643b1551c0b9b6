// SPDX-License-Identifier: Apache-2.0
#include "lake/root.h"

#include <unistd.h>

#include <algorithm>

#include "lake/allowed_functions.h"
#include "lake/lake.h"
#include "lake/layout.h"
#include "lake/sharing.h"
#include "lake/workspace.h"
#include "model/identifier.h"

namespace hotload::lake {

namespace {

constexpr int64_t kSmallestMemory = int64_t{512} << 20;

int64_t default_memory() {
  const int64_t all = static_cast<int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGE_SIZE);
  return std::max(kSmallestMemory, all / 4);
}

// Before anything is put into it.
const fs::path& checked(const fs::path& root) {
  check_format(root);
  return root;
}

}  // namespace

Root::Root(fs::path path, const WorkspaceOptions& options)
    : path_(std::move(path)), options_(options), lock_(checked(path_)) {
  check_or_write_format(path_);
  // Early: who finds the lock taken finds somebody to ask, though the answer may take a moment.
  if (options_.answer_others) {
    shared_ = share_folder({path_, lock_.holder(), [this] { interrupt(); }});
  }
  remove_half_forks();
  instance_ = start_instance();
  // Others keep nothing open: what they use ends with `shared_`.
  if (shared_) shared_->answer_from(workspace_of({std::shared_ptr<Root>(), this}));
}

Root::~Root() {
  shared_.reset();
  // A clean folder for whoever opens it next: each catalog in one file, without a log beside it.
  for (const auto& [name, open] : lakes_) open.lake->close();
  instance_.reset();  // before their locks: the engine has their catalogs open until then
}

void Root::remove_half_forks() const {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_, error)) {
    if (entry.path().filename().string().starts_with(kForkPrefix)) remove_quietly(entry.path());
  }
}

std::shared_ptr<engine::Instance> Root::start_instance() const {
  engine::InstanceOptions options;
  options.memory_limit_bytes = options_.memory_limit_bytes.value_or(default_memory());
  options.threads = options_.threads.value_or(0);
  options.temp_directory = (path_ / kSpillFolder).string();
  options.extensions = {"ducklake"};
  auto instance = std::make_shared<engine::Instance>(options);
  engine::Connection connection(*instance);
  create_outer_functions(connection);
  // The catalog is written by our commits alone, never by a shutdown that comes after another
  // program has changed it.
  connection.run("PRAGMA disable_checkpoint_on_shutdown");
  // The engine would look for secrets in the user's home with the second lake that it attaches,
  // and fail to attach it, since by then the door below is shut.
  connection.run("SET allow_persistent_secrets = false");
  connection.run("SET allowed_directories = [" + model::quote_literal((path_ / "").string()) + "]");
  connection.run("SET enable_external_access = false");
  return instance;
}

void Root::interrupt() {
  std::shared_ptr<engine::Instance> running;
  {
    std::lock_guard lock(mutex_);
    running = instance_;
  }
  running->interrupt();
}

std::shared_ptr<engine::Instance> Root::instance() {
  std::lock_guard lock(mutex_);
  if (instance_->dead()) instance_ = start_instance();
  return instance_;
}

std::shared_ptr<engine::Connection> Root::connect(std::shared_ptr<engine::Instance> instance) {
  struct Held {
    explicit Held(std::shared_ptr<engine::Instance> held)
        : instance(std::move(held)), connection(*instance) {}
    std::shared_ptr<engine::Instance> instance;
    engine::Connection connection;
  };
  auto held = std::make_shared<Held>(std::move(instance));
  return {held, &held->connection};
}

std::vector<std::string> Root::list_databases() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_, error)) {
    if (fs::exists(entry.path() / kDatabaseFile)) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool Root::has_database(const std::string& name) const {
  model::check_database_name(name);
  return fs::exists(database_folder(name) / kDatabaseFile);
}

void Root::check_is_free(const std::string& name) const {
  model::check_database_name(name);
  // The engine compares names without regard to case.
  for (const std::string& other : list_databases()) {
    if (!model::same_name(name, other)) continue;
    throw Error(ErrorCode::kAlreadyExists,
                "database '" + other + "' exists already in " + path_.string());
  }
}

std::shared_ptr<Lake> Root::create_lake(const std::string& name) {
  auto engine = instance();
  std::lock_guard lock(mutex_);
  check_is_free(name);
  auto lake = std::make_shared<Lake>(*this, name);
  lake->create(engine);
  lakes_[name] = {lake};
  return lake;
}

void Root::close_unused_lakes() {
  const auto limit = std::chrono::milliseconds(options_.close_after_ms);
  const Clock::time_point now = Clock::now();
  if (now - looked_ < limit / 4) return;
  looked_ = now;
  for (auto each = lakes_.begin(); each != lakes_.end();) {
    Open& open = each->second;
    if (open.lake.use_count() > 1) open.used = now;
    const bool closed = now - open.used >= limit && open.lake->close_and_detach();
    each = closed ? lakes_.erase(each) : std::next(each);
  }
}

std::shared_ptr<Lake> Root::open_lake(const std::string& name) {
  {
    std::lock_guard lock(mutex_);
    close_unused_lakes();
    if (auto found = lakes_.find(name); found != lakes_.end()) return found->second.lake;
  }
  if (!has_database(name)) {
    throw Error(ErrorCode::kNotFound, "there is no database '" + name + "' in " + path_.string());
  }
  std::lock_guard lock(mutex_);
  Open& open = lakes_[name];
  if (open.lake == nullptr) open.lake = std::make_shared<Lake>(*this, name);
  return open.lake;
}

std::shared_ptr<Lake> Root::install_lake(const std::string& name, const fs::path& made) {
  std::lock_guard lock(mutex_);
  const fs::path folder = database_folder(name);
  check_is_free(name);
  remove_quietly(folder);
  if (::rename(made.c_str(), folder.c_str()) != 0) throw_errno(errno, "rename", made);
  write_database_file(folder);
  sync_directory(path_);
  auto lake = std::make_shared<Lake>(*this, name);
  lakes_[name] = {lake};
  return lake;
}

void Root::drop_lake(const std::string& name) {
  std::shared_ptr<Lake> lake = open_lake(name);
  lake->drop();
  std::lock_guard lock(mutex_);
  lakes_.erase(name);
}

}  // namespace hotload::lake
