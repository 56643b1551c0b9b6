// SPDX-License-Identifier: Apache-2.0
// The caller's own conditions: source_filter over staged columns, destination_scope over the
// target, with {table} and {staging_table} in it. Double braces stand for single ones.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/builder.h"
#include "plan/table.h"

namespace hotload::plan {

// Puts `names` for their placeholders. Throws kInvalidArgument for any other placeholder.
std::string fill_placeholders(const std::string& condition,
                              const std::map<std::string, std::string>& names);

// The destination scope of `root` as a condition; {staging_table} is a temporary view of the
// root's staged rows.
std::string scope_condition(Builder& builder, const Table& root);

}  // namespace hotload::plan
