// SPDX-License-Identifier: Apache-2.0
// How much a statement from outside asks of the engine's planner, whose time and memory no limit of
// the engine's holds and which no interrupt ends. What is beyond people's and tools' statements is
// refused before the engine plans it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hotload::lake {

class Complexity {
 public:
  enum class Part { kQuery, kSubquery, kJoin, kOperator, kGroupingSet };

  // By its words alone, before anything has parsed it. Throws kInvalidArgument.
  static void check_text(std::string_view sql);

  // One more part of the statement, or of a view that it reads. Throws kInvalidArgument for one
  // too many.
  void add(Part part, int64_t count = 1);

  // An expression within others, while it lives.
  class Nested {
   public:
    explicit Nested(Complexity& complexity);  // throws kInvalidArgument
    ~Nested() { --depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    int64_t& depth_;
  };

 private:
  std::array<int64_t, 5> counts_{};
  int64_t depth_ = 0;
};

}  // namespace hotload::lake
