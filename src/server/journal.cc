// SPDX-License-Identifier: Apache-2.0
#include "server/journal.h"

#include <cstdio>

#include "hotload/error.h"
#include "server/log.h"

namespace hotload::server {

using boost::json::object;
using boost::json::value;

namespace {

constexpr int64_t kMinRewriteBytes = int64_t{4} << 20;

constexpr size_t kMaxDepth = 256;  // what a request may nest, and the records around it

value parsed(std::string_view text, boost::system::error_code& failed) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  return boost::json::parse(text, failed, {}, options);
}

value parsed(const std::string& text) {
  boost::system::error_code failed;
  value record = parsed(text, failed);
  if (failed) throw Error(ErrorCode::kCorrupt, "a record of the journal: " + failed.message());
  return record;
}

// {"kind","id","record"}; a record of null is gone.
std::string line_of(const std::string& kind, const std::string& id, const value& record) {
  return boost::json::serialize(object{{"kind", kind}, {"id", id}, {"record", record}}) + "\n";
}

}  // namespace

Journal::Journal(fs::path path) : path_(std::move(path)) {
  if (path_.empty()) return;
  if (fs::exists(path_)) replay();
  std::lock_guard lock(mutex_);
  rewrite();
}

void Journal::replay() {
  const std::string text = read_text(path_);
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    if (end == std::string::npos) return;  // torn
    boost::system::error_code failed;
    const value line = parsed(std::string_view(text).substr(at, end - at), failed);
    if (failed && end + 1 == text.size()) return;
    if (failed) {
      throw Error(ErrorCode::kCorrupt, path_.string() + " is damaged at byte " +
                                           std::to_string(at) + ": " + failed.message());
    }
    const std::string kind(line.at("kind").as_string());
    const std::string id(line.at("id").as_string());
    if (line.at("record").is_null()) {
      records_[kind].erase(id);
    } else {
      records_[kind][id] = boost::json::serialize(line.at("record"));
    }
    at = end + 1;
  }
}

void Journal::rewrite() {
  std::string text;
  for (const auto& [kind, records] : records_) {
    for (const auto& [id, record] : records) {
      text += R"({"kind":)" + boost::json::serialize(value(kind)) + R"(,"id":)" +
              boost::json::serialize(value(id)) + R"(,"record":)" + record + "}\n";
    }
  }
  // What fails before the rename leaves the file that was there, which is open still.
  const fs::path fresh = path_.string() + ".new";
  remove_quietly(fresh);
  auto file = std::make_shared<File>(fresh, File::Mode::kAppend);
  file->append(text);
  file->sync();
  if (::rename(fresh.c_str(), path_.c_str()) != 0) throw_errno("rename", fresh);
  file_ = std::move(file);
  live_bytes_ = file_bytes_ = static_cast<int64_t>(text.size());
  sync_folder(path_.parent_path());
}

void Journal::append(const std::string& line) {
  if (file_ == nullptr) return;
  // Part of a line, left by a write that failed, would be damage once others follow it.
  if (file_->size() != file_bytes_) file_->truncate(file_bytes_);
  file_->append(line);
  file_bytes_ += static_cast<int64_t>(line.size());
  ++written_;
}

void Journal::settle(std::unique_lock<std::mutex> lock, Durable durable) {
  if (file_bytes_ > kMinRewriteBytes && file_bytes_ > 3 * live_bytes_) {
    try {
      return rewrite();
    } catch (const std::exception& error) {
      log(LogLevel::kWarning, std::string("the journal grows on: ") + error.what());
    }
  }
  if (durable == Durable::kSoon || file_ == nullptr) return;
  const uint64_t mine = written_;
  lock.unlock();
  // One sync serves all who wait.
  std::lock_guard sync_lock(sync_mutex_);
  if (synced_ >= mine) return;
  lock.lock();
  const uint64_t all = written_;
  const std::shared_ptr<File> file = file_;
  lock.unlock();
  file->sync();
  synced_ = all;
}

void Journal::put(const std::string& kind, const std::string& id, const object& record,
                  Durable durable) {
  std::string text = boost::json::serialize(record);
  const std::string line = line_of(kind, id, record);
  // The file holds the lines of a record in the order in which memory saw them.
  std::unique_lock lock(mutex_);
  append(line);
  std::string& slot = records_[kind][id];
  live_bytes_ += static_cast<int64_t>(text.size()) - static_cast<int64_t>(slot.size());
  slot = std::move(text);
  settle(std::move(lock), durable);
}

void Journal::erase(const std::string& kind, const std::string& id, Durable durable) {
  std::unique_lock lock(mutex_);
  auto& records = records_[kind];
  const auto found = records.find(id);
  if (found == records.end()) return;
  append(line_of(kind, id, nullptr));
  live_bytes_ -= static_cast<int64_t>(found->second.size());
  records.erase(found);
  settle(std::move(lock), durable);
}

std::optional<value> Journal::get(const std::string& kind, const std::string& id) const {
  std::lock_guard lock(mutex_);
  const auto records = records_.find(kind);
  if (records == records_.end()) return {};
  const auto found = records->second.find(id);
  if (found == records->second.end()) return {};
  return parsed(found->second);
}

std::vector<value> Journal::list(const std::string& kind, const std::string& prefix) const {
  std::vector<value> list;
  for (auto& [id, record] : entries(kind, prefix)) list.push_back(std::move(record));
  return list;
}

std::vector<std::pair<std::string, value>> Journal::entries(const std::string& kind,
                                                            const std::string& prefix) const {
  std::vector<std::pair<std::string, value>> list;
  std::lock_guard lock(mutex_);
  const auto records = records_.find(kind);
  if (records == records_.end()) return list;
  for (auto at = records->second.lower_bound(prefix); at != records->second.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    list.emplace_back(at->first, parsed(at->second));
  }
  return list;
}

size_t Journal::count(const std::string& kind) const {
  std::lock_guard lock(mutex_);
  const auto records = records_.find(kind);
  return records == records_.end() ? 0 : records->second.size();
}

}  // namespace hotload::server
