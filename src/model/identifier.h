// SPDX-License-Identifier: Apache-2.0
// Names of databases, schemas, tables and columns: what is allowed, how they compare, and how
// they and text values are written in SQL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hotload/types.h"

namespace hotload::model {

// A table's name becomes a folder's name, so it is bound by the file system's limit.
inline constexpr size_t kMaxNameBytes = 255;
// A column's does not: 255 characters, whatever these are.
inline constexpr size_t kMaxColumnNameBytes = 4 * 255;
inline constexpr size_t kMaxDatabaseNameBytes = 128;

// Each throws kInvalidArgument with the name (shortened) and what is wrong with it.
void check_database_name(
    std::string_view name);  // [A-Za-z0-9_-], it is a folder's name, not lock or spill
void check_schema_name(std::string_view name);  // not one of the engine's or hotload's own
void check_table_name(std::string_view name);
void check_column_name(std::string_view name);
// Every name, and that no two are equal to the engine.
void check_columns(const std::vector<Column>& columns);

bool is_valid_utf8(std::string_view text);

// The engine compares names without regard to the case of ASCII letters: equal folds are one name.
std::string fold_case(std::string_view name);
bool same_name(std::string_view left, std::string_view right);
const Column* find_column(const std::vector<Column>& columns, std::string_view name);

std::string quote_identifier(std::string_view name);  // a"b -> "a""b"
std::string quote_literal(std::string_view text);     // it's -> 'it''s'
std::string column_definition(const Column& column);  // "a" BIGINT NOT NULL

}  // namespace hotload::model
