// SPDX-License-Identifier: Apache-2.0
// The program: global options, one command of several, and what it returns to the shell. Results
// go to standard output; progress, notes and errors to standard error.
#pragma once

namespace hotload::cli {

// The whole of main().
int run(int argc, char** argv);

}  // namespace hotload::cli
