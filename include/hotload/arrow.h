// SPDX-License-Identifier: Apache-2.0
// The Arrow C data and stream interfaces (their ABI is fixed by the Arrow project) and a
// move-only owner of a stream. Result rows leave hotload, and batches enter it, this way.
#pragma once

#include <cstdint>
#include <utility>

extern "C" {
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};
#endif
}  // extern "C"

namespace hotload {

// Owns one C stream. Not thread-safe; may be moved to another thread.
class ArrowStream {
 public:
  ArrowStream() = default;
  explicit ArrowStream(ArrowArrayStream raw) : raw_(raw) {}
  ArrowStream(ArrowStream&& other) noexcept : raw_(std::exchange(other.raw_, {})) {}
  ArrowStream& operator=(ArrowStream&& other) noexcept {
    if (this != &other) {
      reset();
      raw_ = std::exchange(other.raw_, {});
    }
    return *this;
  }
  ~ArrowStream() { reset(); }

  explicit operator bool() const { return raw_.release != nullptr; }
  ArrowArrayStream* get() { return &raw_; }
  // Gives the stream away: the caller must release it.
  ArrowArrayStream release() { return std::exchange(raw_, {}); }
  void reset() {
    if (raw_.release != nullptr) raw_.release(&raw_);
    raw_ = {};
  }

 private:
  ArrowArrayStream raw_{};
};

}  // namespace hotload
