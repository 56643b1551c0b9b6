// SPDX-License-Identifier: Apache-2.0
// The rows of an Arrow stream, one at a time. One thread.
#pragma once

#include <string>

#include "cli/cell.h"
#include "hotload/arrow.h"

namespace hotload::cli {

class ResultRows {
 public:
  // Throws what the stream reports.
  explicit ResultRows(ArrowStream stream);
  ~ResultRows();
  ResultRows(const ResultRows&) = delete;
  ResultRows& operator=(const ResultRows&) = delete;

  int64_t width() const { return schema_.n_children; }
  std::string name(int64_t column) const { return schema_.children[column]->name; }
  bool numeric(int64_t column) const { return is_numeric(*schema_.children[column]); }

  // Goes to the next row; false after the last. Throws what the engine reports on the way.
  bool next();
  CellKind append_cell(int64_t column, std::string& out) const;
  void append_json(int64_t column, std::string& out) const;

 private:
  void release_batch();
  void check(int status);

  ArrowStream stream_;
  ArrowSchema schema_{};
  ArrowArray batch_{};
  int64_t row_ = -1;
};

}  // namespace hotload::cli
