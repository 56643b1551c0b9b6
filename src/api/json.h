// SPDX-License-Identifier: Apache-2.0
// In this API null means absent, both ways.
#pragma once

#include <boost/json.hpp>
#include <optional>

namespace hotload::api {

template <typename T>
boost::json::value or_null(const std::optional<T>& field) {
  return field ? boost::json::value(*field) : boost::json::value(nullptr);
}

}  // namespace hotload::api
