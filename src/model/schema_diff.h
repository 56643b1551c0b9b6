// SPDX-License-Identifier: Apache-2.0
// What has to change in a live table so that it takes the rows of a declared one. Pure.
#pragma once

#include <string>
#include <vector>

#include "hotload/types.h"

namespace hotload::model {

struct TypeMismatch {
  std::string column;
  std::string live;
  std::string declared;
};

struct SchemaDiff {
  std::vector<Column> added;             // in their storage types; always nullable
  std::vector<Column> widened;           // live name, new type
  std::vector<Column> rewritten;         // live name, new type: all rows are written anew
  std::vector<std::string> relaxed;      // NOT NULL goes: the declaration allows NULL
  std::vector<TypeMismatch> mismatched;  // nothing in place can reconcile them

  bool empty() const {
    return added.empty() && widened.empty() && rewritten.empty() && relaxed.empty() &&
           mismatched.empty();
  }
};

// Columns that are live and not declared stay as they are.
SchemaDiff diff_schema(const std::vector<Column>& live, const std::vector<Column>& declared);

// `live` with the changes of `diff` made; mismatched columns keep their live type.
std::vector<Column> apply_diff(std::vector<Column> live, const SchemaDiff& diff);

// Throws kTypeMismatch naming every mismatched column of `table`; does nothing without any.
void require_no_mismatch(const SchemaDiff& diff, const std::string& table);

}  // namespace hotload::model
