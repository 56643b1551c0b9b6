// SPDX-License-Identifier: Apache-2.0
// One value of an Arrow array as text. Numbers and booleans are spelt as JSON spells them, times
// as ISO 8601 (in UTC where the type has a zone), nested values as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "hotload/arrow.h"

namespace hotload::arrow {

enum class CellKind {
  kNull,    // nothing was written
  kBare,    // a number or a boolean
  kText,    // text, not quoted
  kNested,  // JSON
};

// NaN and the infinities, which JSON lacks: the texts "NaN", "Infinity", "-Infinity", or null.
enum class NotFinite { kText, kNull };

// Appends the value of `row` to `out`. Throws kUnsupported for Arrow types that no result has.
CellKind append_cell(const ArrowSchema& schema, const ArrowArray& array, int64_t row,
                     std::string& out, NotFinite not_finite = NotFinite::kText);
// The same as a JSON value.
void append_json(const ArrowSchema& schema, const ArrowArray& array, int64_t row, std::string& out,
                 NotFinite not_finite = NotFinite::kText);
// A JSON string.
void append_json_text(const std::string& text, std::string& out);
// What append_cell() gave as a field of RFC 4180. NULL is nothing, empty text is "".
void append_csv_field(CellKind kind, const std::string& text, std::string& out);

// Whether the column holds numbers, which are aligned to the right.
bool is_numeric(const ArrowSchema& schema);

}  // namespace hotload::arrow
