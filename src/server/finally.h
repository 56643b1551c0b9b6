// SPDX-License-Identifier: Apache-2.0
// Does something when a scope ends, however it ends.
#pragma once

#include <utility>

namespace hotload::server {

template <typename Run>
class Finally {
 public:
  explicit Finally(Run run) : run_(std::move(run)) {}
  ~Finally() { run_(); }
  Finally(const Finally&) = delete;
  Finally& operator=(const Finally&) = delete;

 private:
  Run run_;
};

}  // namespace hotload::server
