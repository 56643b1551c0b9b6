// SPDX-License-Identifier: Apache-2.0
// Gives columns another type by writing their table anew: where the engine's ALTER would leave the
// ranges of the old type behind, which filters then misread.
#pragma once

#include <string>
#include <vector>

#include "lake/transaction.h"

namespace hotload::lake {

// `columns`: those that change, with their new types. The table keeps its name, layout and rows,
// and counts as replaced. Throws kTypeMismatch when a value would not stay what it is.
void rewrite_table(Transaction& transaction, Lake& lake, const std::string& schema,
                   const std::string& table, const std::vector<Column>& columns);

}  // namespace hotload::lake
