// SPDX-License-Identifier: Apache-2.0
// CSV as a SQL relation. Only the types of columns are ever guessed: the first line is the header
// (or the first row), and each row has as many fields, or the file is refused. An empty line is no
// row, or NULL where there is one column; empty fields past the last column say nothing.
#pragma once

#include <string>
#include <vector>

#include "engine/connection.h"
#include "hotload/load.h"
#include "hotload/types.h"
#include "lake/files.h"

namespace hotload::lake {

// The relation over a file that is compressed as the engine's word `compression` says. Its columns
// are those of the header, or of `target` where the file has none. Text, to be cast to the target's
// types; typed as the values are when `target` is empty.
std::string csv_relation(engine::Connection& connection, const fs::path& path,
                         const std::vector<Column>& target, const StageOptions& options,
                         const std::string& compression);

}  // namespace hotload::lake
