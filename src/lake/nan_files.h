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
#include "lake/lake.h"
#include "lake/staging.h"

namespace hotload::lake {

// The FLOAT and DOUBLE columns and fields of structs, quoted and with commas between them.
std::string float_columns(const std::vector<Column>& columns);
// Whether any of them holds a NaN in the relation, which has at least those columns.
bool holds_nan(engine::Connection& connection, const std::string& relation,
               const std::vector<Column>& columns);
// Rewrites the file as files of one row group each, "<stem>-N.parquet" in the same folder, removes
// it and says what was made.
std::vector<JobFile> split_by_row_group(engine::Connection& connection, const fs::path& parquet,
                                        const fs::path& stem);

// Whether a live file of the table as it was committed last holds NaN in any of them.
bool table_holds_nan(engine::Connection& connection, const Lake& lake, const std::string& schema,
                     const std::string& table);
// Of a file of several row groups the engine forgets that one but the last holds NaN, and then
// prunes rows. Within a transaction: whether the files that the engine writes of tables get one
// row group each, or many as is usual.
void write_one_row_group(engine::Connection& connection, const Lake& lake, bool one);
// INSERT INTO `target` BY NAME all rows of the relation; returns how many. Of one row group where
// they hold NaN.
int64_t insert_rows(engine::Connection& connection, const Lake& lake, const std::string& target,
                    const std::string& relation, const std::vector<Column>& columns);

}  // namespace hotload::lake
