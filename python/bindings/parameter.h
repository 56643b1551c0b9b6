// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <vector>

#include "hotload/database.h"

namespace hotload::python {

// Values to bind to $1, $2, ...: None, bool, int, float, str, bytes. Whatever else has one is
// bound by its text: Decimal, datetime, UUID.
std::vector<Parameter> parameters_from(nanobind::handle values);

}  // namespace hotload::python
