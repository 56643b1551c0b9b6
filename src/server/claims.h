// SPDX-License-Identifier: Apache-2.0
// Names of work that one does at a time. Who comes for a name that is taken is sent away with 409,
// to come back. Thread-safe.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "api/errors.h"

namespace hotload::server {

class Claims {
 public:
  class Held {
   public:
    // `refusal`: what who comes meanwhile is told.
    Held(Claims& claims, std::string name, const std::string& refusal)
        : claims_(claims), name_(std::move(name)) {
      std::lock_guard lock(claims_.mutex_);
      if (claims_.names_.insert(name_).second) return;
      throw api::Failure(409, api::kResourceLocked, refusal, 1);
    }
    ~Held() {
      std::lock_guard lock(claims_.mutex_);
      claims_.names_.erase(name_);
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

   private:
    Claims& claims_;
    const std::string name_;
  };

 private:
  std::mutex mutex_;
  std::set<std::string> names_;
};

}  // namespace hotload::server
