// SPDX-License-Identifier: Apache-2.0
#include "plain/package.h"

#include <unistd.h>

#include <map>

#include "hotload/error.h"
#include "lake/files.h"
#include "model/json_reader.h"
#include "model/receipt_json.h"

namespace hotload::plain {

namespace fs = std::filesystem;

namespace {

constexpr const char* kLoadFile = "load.json";
constexpr const char* kPushesFile = "pushes.json";
constexpr const char* kScratchFolder = "scratch.lake";

}  // namespace

std::shared_ptr<Package> Package::open(const Home& home, const LoadKey& key) {
  static std::mutex mutex;
  static auto& packages = *new std::map<std::string, std::weak_ptr<Package>>();
  std::lock_guard lock(mutex);
  std::erase_if(packages, [](const auto& item) { return item.second.expired(); });
  // A forked child has its own: what the parent holds open is the parent's.
  std::weak_ptr<Package>& slot =
      packages[std::to_string(::getpid()) + " " + home.load_folder(key).string()];
  std::shared_ptr<Package> package = slot.lock();
  if (package == nullptr) slot = package = std::make_shared<Package>(home, key);
  return package;
}

LoadKey Package::key_of(const fs::path& folder) {
  const boost::json::value load = model::parse_json(lake::read_file(folder / kLoadFile));
  return model::load_key_from_json(load.at("key"));
}

Package::Package(const Home& home, const LoadKey& key)
    : home_(home), key_(key), folder_(home.load_folder(key)), receipt_(home.receipt(key)) {
  if (receipt_) {
    lake::remove_quietly(folder_);  // what a crash has left of it
    return;
  }
  read();
}

void Package::read() {
  if (fs::exists(folder_ / kLoadFile)) {
    const boost::json::value load = model::parse_json(lake::read_file(folder_ / kLoadFile));
    intent_ = intent_from_json(load.at("intent"));
  }
  if (fs::exists(folder_ / kPushesFile)) {
    const boost::json::value pushes = model::parse_json(lake::read_file(folder_ / kPushesFile));
    pushes_ = model::JsonReader(pushes, "").list("pushes", push_from_json);
  }
}

bool Package::exists() const { return fs::exists(folder_ / kLoadFile); }

std::optional<Receipt> Package::receipt() {
  std::lock_guard lock(mutex_);
  if (!receipt_ && scratch_ == nullptr) receipt_ = home_.receipt(key_);
  return receipt_;
}

void Package::finish(const Receipt& receipt) {
  home_.keep(receipt);
  std::lock_guard lock(mutex_);
  receipt_ = receipt;
  scratch_.reset();
  lake::remove_quietly(folder_);
}

void Package::remove() {
  std::scoped_lock lock(fill_mutex_, mutex_);
  brought_.clear();
  intent_ = {};
  pushes_.clear();
  scratch_.reset();
  lake::remove_quietly(folder_);
}

Intent Package::intent() {
  std::lock_guard lock(mutex_);
  return intent_;
}

void Package::update(const std::function<void(Intent&)>& change) {
  std::lock_guard lock(mutex_);
  Intent changed = intent_;
  change(changed);
  home_.make();
  lake::make_directories(folder_);
  lake::write_file_synced(folder_ / kLoadFile,
                          boost::json::serialize(boost::json::object{
                              {"key", model::to_json(key_)}, {"intent", to_json(changed)}}));
  intent_ = std::move(changed);
}

std::shared_ptr<Scratch> Package::scratch() {
  std::lock_guard lock(mutex_);
  if (scratch_ != nullptr) return scratch_;
  home_.make();
  lake::make_directories(folder_);
  auto scratch = std::make_shared<Scratch>(folder_ / kScratchFolder, key_);
  // Only now does the load belong to this process: another may have gone on with it meanwhile.
  receipt_ = home_.receipt(key_);
  if (receipt_) {
    scratch.reset();
    lake::remove_quietly(folder_);
    throw Error(ErrorCode::kConflict, "another process has just completed load " + key_.load_id);
  }
  read();
  scratch_ = std::move(scratch);
  return scratch_;
}

bool Package::is_sealed() { return !pushes().empty() && scratch()->load().receipt().has_value(); }

std::vector<Push> Package::pushes() {
  std::lock_guard lock(mutex_);
  return pushes_;
}

void Package::write_pushes() const {
  boost::json::array list;
  for (const Push& push : pushes_) list.push_back(to_json(push));
  lake::write_file_synced(folder_ / kPushesFile,
                          boost::json::serialize(boost::json::object{{"pushes", std::move(list)}}));
}

void Package::plan(const std::vector<Push>& pushes) {
  std::lock_guard lock(mutex_);
  pushes_ = pushes;
  write_pushes();
}

void Package::record(const Push& push) {
  std::lock_guard lock(mutex_);
  for (Push& one : pushes_) {
    if (one.table == push.table) one = push;
  }
  write_pushes();
}

}  // namespace hotload::plain
