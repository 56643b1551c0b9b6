// SPDX-License-Identifier: Apache-2.0
// What a request's head says.
#pragma once

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/message.hpp>

#include "server/config.h"
#include "server/http.h"

namespace hotload::server {

using Head = boost::beast::http::request<boost::beast::http::buffer_body>;

// What makes a head that can be read no request all the same; empty: nothing.
std::string fault_of(const Head& head);

// A request's head as handlers see it.
Request request_of(const Head& head, const Config& config);

}  // namespace hotload::server
