// SPDX-License-Identifier: Apache-2.0
// What the API promises: the operations and schemas of src/api/contract/, as an OpenAPI document.
#pragma once

#include <boost/json.hpp>

namespace hotload::api {

// The files of the contract as one. Throws kInternal when two of them tell of one operation or
// schema.
boost::json::object contract();

}  // namespace hotload::api
