// SPDX-License-Identifier: Apache-2.0
// For tests: finds tests/vectors/*.json, the cases that C++ and Python share.
#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "test_source_dir.h"

namespace hotload::model {

inline boost::json::value read_vectors(const std::string& name) {
  const auto file = test_source_dir() / "tests" / "vectors" / name;
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::stringstream text;
  text << in.rdbuf();
  return boost::json::parse(text.str());
}

inline boost::json::array cases_of(const std::string& name, const std::string& list) {
  return read_vectors(name).at(list).as_array();
}

inline std::string text_at(const boost::json::value& pair, size_t index) {
  return std::string(pair.as_array().at(index).as_string());
}

}  // namespace hotload::model
