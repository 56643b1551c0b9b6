// SPDX-License-Identifier: Apache-2.0
// Uploads in parts: whatever order parts come in, are begun, cut and sent again, and whenever the
// server starts anew, a finalize takes exactly what a simple record of the parts says, and the file
// holds these bytes.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/errors.h"
#include "server/uploads.h"

namespace hotload::server {
namespace {

constexpr int64_t kPartBytes = 4;
constexpr int64_t kParts = 4;
constexpr int kSteps = 40;

// Numbers out of the input; 0 after its end.
class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : at_(data), end_(data + size) {}
  bool empty() const { return at_ == end_; }
  int64_t below(int64_t limit) { return empty() ? 0 : *at_++ % limit; }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
};

[[noreturn]] void wrong() { std::abort(); }

class World {
 public:
  World() {
    config_.part_bytes = kPartBytes;
    std::filesystem::create_directories(folder_);
    start();
  }
  ~World() { std::filesystem::remove_all(folder_); }

  void run(Choices choices) {
    open(choices);
    for (int step = 0; step < kSteps && !choices.empty() && !finalized_; ++step) {
      switch (choices.below(6)) {
        case 0:
        case 1:
          send(choices, true);
          break;
        case 2:
          send(choices, false);
          break;
        case 3:
          send_twice_at_once(choices);
          break;
        case 4:
          start();
          break;
        default:
          finalize(choices);
      }
    }
    uploads_->set_loaded(id_);  // its file goes
  }

 private:
  struct Part {
    std::string bytes;
    std::string etag;
  };

  void start() {
    uploads_.reset();
    journal_.reset();
    journal_ = std::make_unique<Journal>(folder_ / "journal");
    uploads_ = std::make_unique<Uploads>(config_, *journal_, folder_ / "uploads");
  }

  void open(Choices& choices) {
    api::CreateUploadRequest request;
    if (choices.below(2) == 1) {
      declared_ = request.declared_size_bytes = choices.below(kParts * kPartBytes + 1);
    } else {
      declared_.reset();
    }
    const api::UploadSession session = uploads_->create(request, "");
    id_ = session.upload_id;
    token_ = session.finalize_token;
    in_parts_ = session.url.empty();
    parts_.clear();
    finalized_ = false;
    const int64_t any = in_parts_ ? 1 : 0;
    const std::string url =
        in_parts_ ? uploads_->mint(id_, token_, {any}, "").at(0).value : session.url;
    url_token_ = url.substr(url.rfind('/') + 1);
  }

  int64_t a_part(Choices& choices) { return in_parts_ ? 1 + choices.below(kParts) : 0; }

  static std::string some_bytes(Choices& choices) {
    std::string bytes(static_cast<size_t>(choices.below(kPartBytes + 2)), '\0');
    for (char& byte : bytes) byte = static_cast<char>('a' + choices.below(26));
    return bytes;
  }

  std::string end(BodySink& sink) { return sink.finish().headers.at(0).second; }

  void send(Choices& choices, bool whole) {
    const int64_t number = a_part(choices);
    const std::string bytes = some_bytes(choices);
    const auto sink = uploads_->open_sink(id_, url_token_, number, 0);
    parts_.erase(number);  // what was there is written over
    const bool fits = !in_parts_ || static_cast<int64_t>(bytes.size()) <= kPartBytes;
    try {
      sink->write(bytes.data(), bytes.size());
      if (!fits) wrong();
    } catch (const api::Failure& failure) {
      if (fits || failure.status() != 413) wrong();
      return;
    }
    if (whole) parts_[number] = {bytes, end(*sink)};
  }

  // The later one counts; the earlier one does nothing any more.
  void send_twice_at_once(Choices& choices) {
    const int64_t number = a_part(choices);
    const auto first = uploads_->open_sink(id_, url_token_, number, 0);
    const auto second = uploads_->open_sink(id_, url_token_, number, 0);
    const std::string bytes(1, static_cast<char>('A' + choices.below(26)));
    parts_.erase(number);
    try {
      first->write("!", 1);
      wrong();
    } catch (const api::Failure& failure) {
      if (failure.status() != 409) wrong();
    }
    second->write(bytes.data(), bytes.size());
    parts_[number] = {bytes, end(*second)};
  }

  // What the parts make, when they make something.
  std::optional<std::string> expected(const std::vector<api::UploadPart>& named) const {
    std::string all;
    if (!in_parts_) {
      if (parts_.empty()) return {};
      all = parts_.at(0).bytes;
    }
    for (size_t i = 0; in_parts_ && i < named.size(); ++i) {
      const auto part = parts_.find(named[i].number);
      const bool last = i + 1 == named.size();
      if (named[i].number != static_cast<int64_t>(i) + 1 || part == parts_.end() ||
          part->second.etag != named[i].value ||
          (!last && static_cast<int64_t>(part->second.bytes.size()) != kPartBytes)) {
        return {};
      }
      all += part->second.bytes;
    }
    if (in_parts_ && named.empty()) return {};
    if (declared_ && static_cast<int64_t>(all.size()) != *declared_) return {};
    return all;
  }

  void finalize(Choices& choices) {
    std::vector<api::UploadPart> named;
    for (const auto& [number, part] : parts_) {
      if (in_parts_) named.push_back({number, part.etag});
    }
    if (choices.below(4) == 1 && !named.empty()) named.pop_back();
    if (choices.below(4) == 1 && !named.empty()) named.front().value += "x";
    const std::optional<std::string> wanted = expected(named);
    try {
      const api::FinalizedUpload done = uploads_->finalize(id_, token_, named);
      finalized_ = true;
      if (!wanted || done.size_bytes != static_cast<int64_t>(wanted->size()) ||
          read_text(uploads_->path(id_)) != *wanted) {
        wrong();
      }
    } catch (const api::Failure& failure) {
      if (wanted || failure.status() != 400) wrong();
    }
  }

  // In memory where there is such a folder: parts are synced.
  const std::filesystem::path folder_ =
      (std::filesystem::is_directory("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                 : std::filesystem::temp_directory_path()) /
      ("hotload-fuzz-" + std::to_string(::getpid()));
  Config config_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Uploads> uploads_;
  std::string id_;
  std::string token_;
  std::string url_token_;
  std::optional<int64_t> declared_;
  bool in_parts_ = false;
  bool finalized_ = false;
  std::map<int64_t, Part> parts_;
};

}  // namespace
}  // namespace hotload::server

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A journal of its own for each input: what was found is found again by that input alone.
  hotload::server::World().run({data, size});
  return 0;
}
