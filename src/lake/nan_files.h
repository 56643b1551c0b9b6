// SPDX-License-Identifier: Apache-2.0
// NaN and Parquet statistics. A row group with NaN has no minimum and maximum; the engine takes a
// file's range from the row groups that have one, so a NaN in any but all of them is lost to
// pruning and queries miss rows. A file of a single row group has no such gap: either it says its
// whole range or none.
#pragma once

#include <string>
#include <vector>

#include "engine/connection.h"
#include "hotload/types.h"
#include "lake/files.h"
#include "lake/staging.h"

namespace hotload::lake {

// The FLOAT and DOUBLE columns, quoted and with commas between them.
std::string float_columns(const std::vector<Column>& columns);
// Whether any FLOAT or DOUBLE column of the file holds a NaN.
bool holds_nan(engine::Connection& connection, const fs::path& parquet,
               const std::vector<Column>& columns);
// Rewrites the file as files of one row group each, "<stem>-N.parquet" in the same folder, removes
// it and says what was made.
std::vector<JobFile> split_by_row_group(engine::Connection& connection, const fs::path& parquet,
                                        const fs::path& stem);

}  // namespace hotload::lake
