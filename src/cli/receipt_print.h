// SPDX-License-Identifier: Apache-2.0
// Receipts for people and for programs.
#pragma once

#include "hotload/types.h"

namespace hotload::cli {

// A table with one line for each table of the load.
void print_receipt(const Receipt& receipt);
// One JSON line; `already` where the load was committed before this call.
void print_receipt_json(const Receipt& receipt, bool already);

}  // namespace hotload::cli
