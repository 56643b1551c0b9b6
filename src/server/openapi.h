// SPDX-License-Identifier: Apache-2.0
// The OpenAPI document of what this server offers: each route with what the contract says of it,
// and with the answers that any route may give.
#pragma once

#include <boost/json.hpp>
#include <span>

#include "server/router.h"

namespace hotload::server {

// Throws kInternal for a route that the contract does not know.
boost::json::object openapi_document(std::span<const Route> routes);

}  // namespace hotload::server
