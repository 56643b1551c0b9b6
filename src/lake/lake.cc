// SPDX-License-Identifier: Apache-2.0
#include "lake/lake.h"

#include <sys/stat.h>

#include <algorithm>

#include "lake/layout.h"
#include "lake/root.h"
#include "lake/staging.h"
#include "lake/transaction.h"
#include "lake/upgrade.h"
#include "model/identifier.h"
#include "model/receipt_json.h"

namespace hotload::lake {

namespace {

Stamp::File stamp_of(const fs::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_size,
          int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

Stamp stamp_of_catalog(const fs::path& folder) {
  const fs::path catalog = folder / kCatalogFile;
  return {stamp_of(catalog), stamp_of(catalog.string() + ".wal")};
}

}  // namespace

std::string key_text(const LoadKey& key) {
  return key.schema + '\0' + key.schema_name + '\0' + key.load_id;
}

Lake::Lake(Root& root, std::string name)
    : root_(root),
      name_(std::move(name)),
      alias_("lake_" + name_),
      folder_(root.database_folder(name_)) {}

fs::path Lake::data_folder() const { return folder_ / kDataFolder; }
fs::path Lake::staging_folder() const { return folder_ / kStagingFolder; }

std::string Lake::table(const std::string& schema, const std::string& table) const {
  return model::quote_identifier(alias_) + "." + model::quote_identifier(schema) + "." +
         model::quote_identifier(table);
}

std::string Lake::metadata_catalog() const {
  return model::quote_identifier("__ducklake_metadata_" + alias_);
}

std::string Lake::metadata(const std::string& table) const {
  return metadata_catalog() + "." + model::quote_identifier(table);
}

void Lake::create(const std::shared_ptr<engine::Instance>& instance) {
  remove_quietly(folder_);
  make_directories(data_folder());
  make_directories(staging_folder());
  {
    std::lock_guard lock(mutex_);
    take_over(instance);
  }
  auto connection = std::make_shared<engine::Connection>(*instance);
  const std::string own =
      model::quote_identifier(alias_) + "." + model::quote_identifier(kOwnSchema);
  connection->run("BEGIN; CREATE SCHEMA " + own + "; CREATE TABLE " + own +
                  ".receipts(\"schema\" VARCHAR, schema_name VARCHAR, load_id VARCHAR, "
                  "snapshot BIGINT, committed_at TIMESTAMP WITH TIME ZONE, receipt VARCHAR, "
                  "keys VARCHAR); "
                  "COMMIT");
  // A folder named by a partition's value takes no value of more than 250 bytes. Who reads the
  // tables finds the partition of a file in the catalog.
  connection->run("CALL " + model::quote_identifier(alias_) +
                  ".set_option('hive_file_pattern', 0)");
  sync_file(folder_ / kCatalogFile);
  take_stamp();
  write_database_file(folder_);
  std::lock_guard lock(receipts_mutex_);
  receipts_.emplace();  // none yet: the engine need not look
  sync_directory(root_.path());
}

void Lake::attach(engine::Instance& instance) {
  engine::Connection connection(instance);
  const fs::path catalog = folder_ / kCatalogFile;
  const std::string statement = "ATTACH " + model::quote_literal("ducklake:" + catalog.string()) +
                                " AS " + model::quote_identifier(alias_) + " (DATA_PATH " +
                                model::quote_literal((data_folder() / "").string()) +
                                ", OVERRIDE_DATA_PATH true, DATA_INLINING_ROW_LIMIT 0)";
  try {
    connection.run(statement);
  } catch (const Error& error) {
    if (!is_older_catalog(error)) throw explain_catalog_error(error, catalog);
    upgrade_catalog(connection, catalog, data_folder());
    connection.run(statement);
  }
}

void Lake::take_over(const std::shared_ptr<engine::Instance>& instance) {
  catalog_lock_.reset();
  auto lock = std::make_unique<CatalogLock>(folder_ / kCatalogFile);
  attach(*instance);
  try {
    lock->take();
  } catch (const Error&) {
    engine::Connection(*instance).run("DETACH " + model::quote_identifier(alias_));
    throw;
  }
  catalog_lock_ = std::move(lock);
  attached_ = instance;
  stamp_ = stamp_of_catalog(folder_);
}

std::shared_ptr<engine::Connection> Lake::connect() {
  std::shared_ptr<engine::Instance> instance = root_.instance();
  {
    std::lock_guard lock(mutex_);
    if (dropped_) throw Error(ErrorCode::kNotFound, "database '" + name_ + "' was dropped");
    if (attached_.lock() != instance) take_over(instance);
  }
  return Root::connect(instance);
}

bool Lake::is_current(const engine::Connection& connection) const {
  return &connection.instance() == root_.instance().get();
}

void Lake::close() {
  std::lock_guard lock(mutex_);
  std::shared_ptr<engine::Instance> instance = attached_.lock();
  if (instance == nullptr || instance->dead() || dropped_) return;
  if (stamp_of_catalog(folder_) != stamp_) return;  // not ours to touch any more
  try {
    engine::Connection connection(*instance);
    connection.run("CHECKPOINT " + metadata_catalog());
  } catch (const Error&) {
    // The log stays beside the catalog; the next open reads it.
  }
}

bool Lake::close_and_detach() {
  close();
  std::lock_guard lock(mutex_);
  std::shared_ptr<engine::Instance> instance = attached_.lock();
  if (instance == nullptr || instance->dead()) return true;
  try {
    engine::Connection(*instance).run("DETACH " + model::quote_identifier(alias_));
    catalog_lock_.reset();
    return true;
  } catch (const Error&) {
    return false;  // it is in use after all, by somebody who is about to end
  }
}

void Lake::drop() {
  DoorPass pass(door_, "dropping the database", root_.options().lock_timeout_ms);
  std::lock_guard lock(mutex_);
  dropped_ = true;
  // From here on it does not exist, whatever a crash leaves of the folder.
  std::error_code ignored;
  fs::remove(folder_ / kDatabaseFile, ignored);
  sync_directory(folder_);
  if (auto instance = attached_.lock(); instance != nullptr && !instance->dead()) {
    engine::Connection connection(*instance);
    connection.run("DETACH " + model::quote_identifier(alias_));
  }
  attached_.reset();
  catalog_lock_.reset();
  remove_quietly(folder_);
}

void Lake::check_stamp() const {
  std::lock_guard lock(mutex_);
  if (stamp_of_catalog(folder_) == stamp_) return;
  throw Error(ErrorCode::kChanged,
              "the catalog of " + folder_.string() +
                  " was changed by another program while it was open here; nothing of this was "
                  "written. Close all uses of the lake, run scrub on it, then open it again");
}

void Lake::take_stamp() {
  live_columns_.forget();
  std::lock_guard lock(mutex_);
  stamp_ = stamp_of_catalog(folder_);
}

void Lake::load_receipts() {
  if (receipts_) return;
  std::map<std::string, Receipt> all;
  for (const engine::Row& row :
       connect()->rows("SELECT receipt FROM " + table(kOwnSchema, "receipts"))) {
    Receipt receipt = model::receipt_from_json(row[0].value_or(""));
    const std::string key = key_text(receipt.key);
    all.emplace(key, std::move(receipt));
  }
  receipts_ = std::move(all);
}

std::optional<Receipt> Lake::receipt(const LoadKey& key) {
  std::lock_guard lock(receipts_mutex_);
  load_receipts();
  auto found = receipts_->find(key_text(key));
  return found == receipts_->end() ? std::nullopt : std::optional(found->second);
}

std::vector<Receipt> Lake::receipts() {
  std::lock_guard lock(receipts_mutex_);
  load_receipts();
  std::vector<Receipt> all;
  for (const auto& [key, receipt] : *receipts_) all.push_back(receipt);
  std::sort(all.begin(), all.end(),
            [](const Receipt& a, const Receipt& b) { return a.snapshot > b.snapshot; });
  return all;
}

void Lake::remember(const Receipt& receipt) {
  std::lock_guard lock(receipts_mutex_);
  if (receipts_) receipts_->insert_or_assign(key_text(receipt.key), receipt);
}

void Lake::forget() {
  live_columns_.forget();
  std::lock_guard lock(receipts_mutex_);
  receipts_.reset();
}

std::shared_ptr<Staging> Lake::staging(const LoadKey& key) {
  std::lock_guard lock(mutex_);
  std::weak_ptr<Staging>& slot = stagings_[key_text(key)];
  if (auto open = slot.lock()) return open;
  auto staging = Staging::open(staging_folder(), key);
  slot = staging;
  return staging;
}

void Lake::close_staging(const LoadKey& key) {
  std::lock_guard lock(mutex_);
  stagings_.erase(key_text(key));
}

}  // namespace hotload::lake
