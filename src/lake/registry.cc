// SPDX-License-Identifier: Apache-2.0
// The open roots of this process, by canonical path, and the thread that closes idle ones.
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "lake/layout.h"
#include "lake/root.h"

namespace hotload::lake {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kIdleTime = std::chrono::milliseconds(2000);

class Registry {
 public:
  static Registry& get() {
    static Registry* registry = new Registry();
    // A forked child has none of the threads and must not touch the parent's engine: it forgets
    // (without closing) what it inherited and starts anew.
    if (registry->process_ != ::getpid()) registry = new Registry();
    return *registry;
  }

  std::shared_ptr<Root> open(const fs::path& path, const WorkspaceOptions& options) {
    std::lock_guard lock(mutex_);
    const std::string key = path.string();
    auto found = entries_.find(key);
    if (found != entries_.end() && !found->second.root->is_in_place()) {
      // Somebody removed the folder: what lies there now is another lake. Who still uses the old
      // one keeps it to the end, and can write nothing.
      entries_.erase(found);
      found = entries_.end();
    }
    if (found == entries_.end()) {
      found = entries_.emplace(key, Entry{std::make_shared<Root>(path, options), {}, {}}).first;
    }
    Entry& entry = found->second;
    if (auto lease = entry.lease.lock()) return lease;
    std::shared_ptr<Root> lease(
        entry.root.get(), [this, key, root = entry.root](Root*) { released(key, root.get()); });
    entry.lease = lease;
    return lease;
  }

  void close_idle() {
    std::lock_guard lock(mutex_);
    std::erase_if(entries_, [](const auto& item) { return item.second.lease.expired(); });
  }

 private:
  struct Entry {
    std::shared_ptr<Root> root;
    std::weak_ptr<Root> lease;
    Clock::time_point idle_since;
  };

  Registry() : process_(::getpid()) {}

  void released(const std::string& key, const Root* root) {
    if (process_ != ::getpid()) return;
    std::lock_guard lock(mutex_);
    auto found = entries_.find(key);
    if (found == entries_.end() || found->second.root.get() != root) return;
    found->second.idle_since = Clock::now();
    if (!reaper_runs_) {
      reaper_runs_ = true;
      std::thread([this] { reap(); }).detach();
    }
  }

  // Ends when nothing is idle; the next release starts it again.
  void reap() {
    std::unique_lock lock(mutex_);
    while (true) {
      bool any_idle = false;
      const auto now = Clock::now();
      for (auto it = entries_.begin(); it != entries_.end();) {
        const bool idle = it->second.lease.expired();
        if (idle && now - it->second.idle_since >= kIdleTime) {
          it = entries_.erase(it);
          continue;
        }
        any_idle |= idle;
        ++it;
      }
      if (!any_idle) break;
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      lock.lock();
    }
    reaper_runs_ = false;
  }

  const pid_t process_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  bool reaper_runs_ = false;
};

}  // namespace

fs::path Root::canonical_path(const std::string& location, const WorkspaceOptions& options) {
  std::string text = location;
  if (text.starts_with("file://")) text.erase(0, 7);
  if (text.empty()) throw Error(ErrorCode::kInvalidArgument, "the location of the lake is empty");
  if (text.find("://") != std::string::npos) {
    throw Error(ErrorCode::kUnsupported, location + " is not a folder");
  }
  const fs::path path = fs::absolute(text);
  if (!fs::exists(path)) {
    if (!options.create) throw Error(ErrorCode::kNotFound, "there is no lake at " + path.string());
    make_directories(path);
  }
  return fs::canonical(path);
}

std::shared_ptr<Root> Root::open(const std::string& location, const WorkspaceOptions& options) {
  return Registry::get().open(canonical_path(location, options), options);
}

void Root::close_idle() { Registry::get().close_idle(); }

}  // namespace hotload::lake
