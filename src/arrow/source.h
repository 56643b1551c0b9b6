// SPDX-License-Identifier: Apache-2.0
// Arrow C streams from C++ and back to it. Streams report errors as "code: message".
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "hotload/arrow.h"
#include "hotload/error.h"

namespace hotload::arrow {

// What a stream is made of. One thread at a time; whatever it throws becomes the stream's error.
class Source {
 public:
  virtual ~Source() = default;
  virtual void schema(ArrowSchema* out) = 0;
  // Leaves `out` released at the end.
  virtual void next(ArrowArray* out) = 0;
};

ArrowStream make_stream(std::unique_ptr<Source> source);

// What a stream's "code: message" stands for.
Error error_of(std::string_view text);
// Throws the stream's error when a call of it returned other than 0.
void check_stream(ArrowStream& stream, int status);

// Releases what it holds.
class Schema {
 public:
  Schema() = default;
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;
  ~Schema() {
    if (raw_.release != nullptr) raw_.release(&raw_);
  }
  ArrowSchema* get() { return &raw_; }
  const ArrowSchema& operator*() const { return raw_; }

 private:
  ArrowSchema raw_{};
};

class Batch {
 public:
  Batch() = default;
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch() { reset(); }
  explicit operator bool() const { return raw_.release != nullptr; }
  ArrowArray* get() { return &raw_; }
  const ArrowArray& operator*() const { return raw_; }
  const ArrowArray* operator->() const { return &raw_; }
  void reset() {
    if (raw_.release != nullptr) raw_.release(&raw_);
    raw_ = {};
  }
  // Goes to the stream's next batch; false at its end. Throws the stream's error.
  bool next_of(ArrowStream& stream) {
    reset();
    check_stream(stream, stream.get()->get_next(stream.get(), &raw_));
    return raw_.release != nullptr;
  }
  ArrowArray release() { return std::exchange(raw_, {}); }

 private:
  ArrowArray raw_{};
};

}  // namespace hotload::arrow
