// SPDX-License-Identifier: Apache-2.0
// A column of one type as SQL of another. A value that the other type cannot hold as it is ends
// the query with an error that names column and value: 2.7 never becomes 3.
#pragma once

#include <string>

namespace hotload::lake {

// Types are canonical (model/type.h).
std::string cast_column(const std::string& column, const std::string& from, const std::string& to);

// The same of jsonl, into which dlt writes binary as base64, and of CSV, into which it writes it
// as the text that the bytes are.
std::string cast_json(const std::string& column, const std::string& from, const std::string& to);
std::string cast_csv(const std::string& column, const std::string& from, const std::string& to);

}  // namespace hotload::lake
