// SPDX-License-Identifier: Apache-2.0
// What a load was and did, as JSON: its key, its staged files, its receipt. What is read is
// hostile until checked: kInvalidArgument names the field.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "hotload/load.h"
#include "hotload/types.h"

namespace hotload::model {

boost::json::value to_json(const LoadKey& key);
boost::json::value to_json(const StagedFile& file);
boost::json::value to_json(const Receipt& receipt);

LoadKey load_key_from_json(const boost::json::value& value, const std::string& path = {});
StagedFile staged_file_from_json(const boost::json::value& value, const std::string& path = {});
Receipt receipt_from_json(const boost::json::value& value, const std::string& path = {});
// The same from its text.
Receipt receipt_from_json(const std::string& text);

}  // namespace hotload::model
