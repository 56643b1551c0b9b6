// SPDX-License-Identifier: Apache-2.0
// What Python holds of the core: a shared owner that knows the process that made it. A forked
// child has the memory of the engine but none of its threads, and must not touch its files:
// there every call is refused and the object is leaked instead of destroyed.
#pragma once

#include <nanobind/nanobind.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "hotload/error.h"

namespace hotload::python {

template <typename T>
class Handle {
 public:
  explicit Handle(std::shared_ptr<T> object) : object_(std::move(object)), process_(::getpid()) {}
  Handle(Handle&&) noexcept = default;
  Handle(const Handle&) = delete;
  Handle& operator=(Handle&&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { close(); }

  // The owner: a call that runs without the GIL keeps the object alive, whatever close() does.
  std::shared_ptr<T> get() const {
    if (!object_) throw Error(ErrorCode::kInvalidArgument, "This object has been closed.");
    if (process_ != ::getpid()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "This object was opened before the process forked. Open the workspace in a "
                  "process that was started afresh (multiprocessing: use \"spawn\").");
    }
    return object_;
  }

  void close() {
    if (!object_) return;
    if (process_ != ::getpid()) {
      new std::shared_ptr<T>(std::move(object_));
      return;
    }
    std::shared_ptr<T> last = std::move(object_);
    object_.reset();
    // The destructor may wait for a thread that waits for the GIL.
    nanobind::gil_scoped_release unlocked;
    last.reset();
  }

 private:
  std::shared_ptr<T> object_;
  pid_t process_;
};

// Calls into the core without the GIL.
template <typename Function>
auto blocking(Function&& function) {
  nanobind::gil_scoped_release unlocked;
  return std::forward<Function>(function)();
}

}  // namespace hotload::python
