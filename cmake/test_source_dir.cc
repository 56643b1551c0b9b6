// SPDX-License-Identifier: Apache-2.0
#include "test_source_dir.h"

namespace hotload {

std::filesystem::path test_source_dir() { return HOTLOAD_SOURCE_DIR; }

}  // namespace hotload
