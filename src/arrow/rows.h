// SPDX-License-Identifier: Apache-2.0
// The rows of an Arrow stream, one at a time. One thread.
#pragma once

#include <string>

#include "arrow/cell.h"
#include "arrow/source.h"
#include "hotload/arrow.h"

namespace hotload::arrow {

class Rows {
 public:
  // Throws what the stream reports.
  explicit Rows(ArrowStream stream);

  const ArrowSchema& schema() const { return *schema_; }
  int64_t width() const { return schema().n_children; }
  std::string name(int64_t column) const { return schema().children[column]->name; }
  bool numeric(int64_t column) const { return is_numeric(*schema().children[column]); }

  // Goes to the next row; false after the last. Throws what the engine reports on the way.
  bool next();
  CellKind append_cell(int64_t column, std::string& out) const;
  void append_json(int64_t column, std::string& out, NotFinite not_finite = NotFinite::kText) const;

 private:
  ArrowStream stream_;
  Schema schema_;
  Batch batch_;
  int64_t row_ = -1;
};

}  // namespace hotload::arrow
