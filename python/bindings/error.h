// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hotload::python {

// From here on a thrown hotload::Error reaches Python as hotload.Error.
void bind_errors();

}  // namespace hotload::python
