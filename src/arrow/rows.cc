// SPDX-License-Identifier: Apache-2.0
#include "arrow/rows.h"

namespace hotload::arrow {

Rows::Rows(ArrowStream stream) : stream_(std::move(stream)) {
  check_stream(stream_, stream_.get()->get_schema(stream_.get(), schema_.get()));
}

bool Rows::next() {
  ++row_;
  while (!batch_ || row_ >= batch_->length) {
    row_ = 0;
    if (!batch_.next_of(stream_)) return false;
  }
  return true;
}

CellKind Rows::append_cell(int64_t column, std::string& out) const {
  return arrow::append_cell(*schema().children[column], *batch_->children[column],
                            batch_->offset + row_, out);
}

void Rows::append_json(int64_t column, std::string& out, NotFinite not_finite) const {
  arrow::append_json(*schema().children[column], *batch_->children[column], batch_->offset + row_,
                     out, not_finite);
}

}  // namespace hotload::arrow
