// SPDX-License-Identifier: Apache-2.0
#include "server/folder_server.h"

#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "api/folder_socket.h"
#include "hotload/sharing.h"
#include "server/log.h"
#include "server/server.h"
#include "server/unshared.h"

namespace hotload::server {

namespace {

constexpr int kBacklog = 512;
constexpr int64_t kReaderPauseSeconds = 600;
constexpr std::chrono::milliseconds kStopPause{10};
constexpr std::chrono::milliseconds kCutPause{50};
constexpr std::chrono::seconds kExitPatience{5};

SharingOptions sharing;

std::string why_reads_alone(const HeldFolder& folder) {
  const std::filesystem::path& path = folder.path;
  std::string served = "`hotload serve`";
  if (path.extension() == ".lake") {
    served = "`hotload serve --root " + path.parent_path().string() + " --workspace " +
             path.stem().string() + "`";
  }
  return path.string() + " is open in " + folder.holder +
         ", which answers reads alone; nothing was written. Wait until that process has closed the "
         "folder, or let " +
         served + " hold it: through that, many processes load at once";
}

Config config_of(const HeldFolder& folder) {
  Config config;
  config.root = folder.path;
  config.local = true;
  config.engine_slots = sharing.engine_slots;
  if (config.engine_slots == 0) {
    config.engine_slots = 2 * std::max<int64_t>(1, std::thread::hardware_concurrency());
  }
  config.handler_threads = sharing.handler_threads;
  if (config.handler_threads == 0) config.handler_threads = config.engine_slots + 2;
  config.io_threads = 1;
  config.io_timeout_s = kReaderPauseSeconds;
  config.query_timeout_s = 0;
  config.stop_timeout_ms = sharing.stop_timeout_ms;
  if (!sharing.loads) config.reads_alone = why_reads_alone(folder);
  return config;
}

// A socket that listens under the folder's name for it, only for its user; -1: there is no way.
int listen_at(const api::FolderSocket& place) {
  const auto address = place.system_address();
  if (!address) return -1;
  const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listening < 0) return -1;
  place.remove();  // of a holder that was killed: the lock is ours
  // Before it has a name, so that nobody else ever gets to it.
  const bool bound =
      ::fchmod(listening, 0600) == 0 &&
      ::bind(listening, reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) == 0;
  if (bound && ::listen(listening, kBacklog) == 0) return listening;
  ::close(listening);
  if (bound) place.remove();
  return -1;
}

// Signals are for the threads of the program.
class WithoutSignals {
 public:
  WithoutSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~WithoutSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  WithoutSignals(const WithoutSignals&) = delete;
  WithoutSignals& operator=(const WithoutSignals&) = delete;

 private:
  sigset_t before_{};
};

// What is made when the first one comes.
struct Front {
  Front(const Config& config, Workspace& workspace, int listening)
      : services(config, workspace), server(services, listening) {}

  Services services;
  Server server;
};

class FolderServer : public SharedFolder {
 public:
  explicit FolderServer(const HeldFolder& folder);
  ~FolderServer() override;

  void answer_from(std::shared_ptr<Workspace> workspace) override;
  // Once or again. Whether all has ended in time.
  bool stop(std::optional<std::chrono::seconds> patience = {});
  // A forked child has the memory of this, and nothing to end.
  bool is_of_this_process() const { return process_ == ::getpid(); }

 private:
  void run();
  bool wait_for_somebody() const;
  void serve();
  void refuse();

  const HeldFolder folder_;
  const Config config_;
  const pid_t process_ = ::getpid();
  const api::FolderSocket place_;
  int listening_ = -1;
  int wake_ = -1;
  std::shared_ptr<Workspace> workspace_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Front* front_ = nullptr;  // guarded by mutex_, as what follows
  bool stopping_ = false;
  bool ended_ = true;
};

// All of this process, for its exit.
struct Open {
  std::mutex mutex;
  std::set<FolderServer*> all;
  bool exiting = false;
};

Open& open_servers() {
  static auto& open = *new Open;
  // For programs that do not say when they exit.
  static const int registered = std::atexit(stop_sharing);
  (void)registered;
  return open;
}

FolderServer::FolderServer(const HeldFolder& folder)
    : folder_(folder), config_(config_of(folder)), place_(folder.path) {
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ >= 0) listening_ = listen_at(place_);
  if (listening_ < 0) {
    if (wake_ >= 0) ::close(wake_);
    throw Error(ErrorCode::kUnsupported, "no socket in " + folder.path.string());
  }
  close_in_children(listening_);
}

FolderServer::~FolderServer() {
  {
    std::lock_guard lock(open_servers().mutex);
    open_servers().all.erase(this);
  }
  stop();
  ::close(wake_);
}

void FolderServer::answer_from(std::shared_ptr<Workspace> workspace) {
  workspace_ = std::move(workspace);
  {
    std::lock_guard lock(open_servers().mutex);
    open_servers().all.insert(this);
  }
  ended_ = false;
  const WithoutSignals blocked;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    ended_ = true;
    refuse();
  }
}

// Nobody waits for an answer that does not come.
void FolderServer::refuse() {
  place_.remove();
  if (listening_ >= 0) ::close(std::exchange(listening_, -1));
}

bool FolderServer::wait_for_somebody() const {
  std::array<pollfd, 2> watched{{{listening_, POLLIN, 0}, {wake_, POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
  }
  return watched[1].revents == 0;
}

void FolderServer::run() {
  if (wait_for_somebody()) {
    try {
      serve();
    } catch (const std::exception& error) {
      log(LogLevel::kError,
          "others get no answer for " + folder_.path.string() + ": " + error.what());
      refuse();
    }
  }
  std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void FolderServer::serve() {
  Front front(config_, *workspace_, listening_);
  listening_ = -1;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) front.server.stop();
    front_ = &front;
  }
  front.server.run();
  std::lock_guard lock(mutex_);
  front_ = nullptr;
}

bool FolderServer::stop(std::optional<std::chrono::seconds> patience) {
  std::unique_lock lock(mutex_);
  if (!std::exchange(stopping_, true)) {
    place_.remove();
    ::eventfd_write(wake_, 1);
    if (front_ != nullptr) front_->server.stop();
  }
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begun = Clock::now();
  const auto ended = [this] { return ended_; };
  while (!changed_.wait_for(lock, kStopPause, ended)) {
    const auto waited = Clock::now() - begun;
    if (patience && waited > *patience) return false;
    // Connections are cut first: nobody takes this for an interrupt of their own.
    if (waited < std::chrono::milliseconds(config_.stop_timeout_ms) + kCutPause) continue;
    lock.unlock();
    folder_.interrupt();
    lock.lock();
  }
  lock.unlock();
  if (thread_.joinable()) thread_.join();
  if (listening_ >= 0) ::close(std::exchange(listening_, -1));
  workspace_.reset();
  return true;
}

std::unique_ptr<SharedFolder> share(const HeldFolder& folder) {
  try {
    {
      std::lock_guard lock(open_servers().mutex);
      if (open_servers().exiting) return nullptr;
    }
    return std::make_unique<FolderServer>(folder);
  } catch (const Error&) {
    return nullptr;  // read-only, or of a kind that holds no sockets
  }
}

}  // namespace

void stop_sharing() {
  std::lock_guard lock(open_servers().mutex);
  open_servers().exiting = true;
  for (FolderServer* server : open_servers().all) {
    if (server->is_of_this_process()) server->stop(kExitPatience);
  }
}

void share_folders(const SharingOptions& options) {
  // It would clean up at the exit, while threads may still use it.
  ::OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  sharing = options;
  share_folders_with(share);
}

}  // namespace hotload::server
