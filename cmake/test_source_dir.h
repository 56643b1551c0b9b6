// SPDX-License-Identifier: Apache-2.0
// For tests: where the checkout is. A function, not a macro on the command line: then its path is
// in one object, and checkouts share the compiler cache for all others.
#pragma once

#include <filesystem>

namespace hotload {

std::filesystem::path test_source_dir();

}  // namespace hotload
