// SPDX-License-Identifier: Apache-2.0
// What a load declares, as JSON: columns, table specs, stage options, literal rows. What is read
// is hostile until checked: kInvalidArgument names the field; `path` is its place in the whole.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "hotload/load.h"
#include "hotload/types.h"

namespace hotload::model {

boost::json::value to_json(const Column& column);
boost::json::value to_json(const TableSpec& spec);
boost::json::value to_json(const StageOptions& options);
boost::json::value to_json(const RowInsert& row);
boost::json::value to_json(const RowDelete& row);
boost::json::value to_json(const SqlJob& job);

Column column_from_json(const boost::json::value& value, const std::string& path = {});
TableSpec table_spec_from_json(const boost::json::value& value, const std::string& path = {});
StageOptions stage_options_from_json(const boost::json::value& value, const std::string& path = {});
RowInsert row_insert_from_json(const boost::json::value& value, const std::string& path = {});
RowDelete row_delete_from_json(const boost::json::value& value, const std::string& path = {});
SqlJob sql_job_from_json(const boost::json::value& value, const std::string& path = {});

}  // namespace hotload::model
