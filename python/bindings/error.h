// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

namespace hotload::python {

// From here on a thrown hotload::Error reaches Python as hotload.Error.
void bind_errors(nanobind::module_& module);

}  // namespace hotload::python
