// SPDX-License-Identifier: Apache-2.0
// What a load means to do, besides its files. Plain values, JSON both ways.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <vector>

#include "hotload/load.h"

namespace hotload::plain {

struct Intent {
  std::map<std::string, TableSpec> specs;
  std::vector<std::string> drops;
  std::vector<std::string> truncations;
  std::vector<RowDelete> deletions;
  std::vector<std::string> literal_tables;  // in the order in which literal rows came for them
  std::vector<std::string> staged;          // tables that files came for
};

// nullptr: none was declared for the table.
const TableSpec* find_spec(const Intent& intent, const std::string& table);

// Adds what is not there yet.
void add_names(std::vector<std::string>& names, const std::string& name);

boost::json::object to_json(const Intent& intent);
Intent intent_from_json(const boost::json::value& value);

}  // namespace hotload::plain
