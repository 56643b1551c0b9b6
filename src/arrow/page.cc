// SPDX-License-Identifier: Apache-2.0
#include "arrow/page.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "arrow/slice.h"
#include "arrow/source.h"
#include "hotload/error.h"

namespace hotload::arrow {

namespace {

class PageSource : public Source {
 public:
  PageSource(ArrowStream rows, const Page& page)
      : rows_(std::move(rows)),
        skip_(page.offset),
        left_(page.limit.value_or(std::numeric_limits<int64_t>::max())) {}

  void schema(ArrowSchema* out) override {
    check_stream(rows_, rows_.get()->get_schema(rows_.get(), out));
  }

  void next(ArrowArray* out) override {
    Batch batch;
    while (left_ > 0 && batch.next_of(rows_)) {
      if (skip_ >= batch->length) {
        skip_ -= batch->length;
        continue;
      }
      const int64_t count = std::min(batch->length - skip_, left_);
      left_ -= count;
      if (count == batch->length) {
        *out = batch.release();
      } else {
        Schema schema;
        this->schema(schema.get());
        copy_slice(*schema, *batch, std::exchange(skip_, 0), count, out);
      }
      return;
    }
  }

 private:
  ArrowStream rows_;
  int64_t skip_;
  int64_t left_;
};

}  // namespace

ArrowStream page_of(ArrowStream rows, const Page& page) {
  if (page.offset < 0 || page.limit.value_or(0) < 0) {
    throw Error(ErrorCode::kInvalidArgument, "an offset and a limit are not below 0");
  }
  if (page.offset == 0 && !page.limit) return rows;
  return make_stream(std::make_unique<PageSource>(std::move(rows), page));
}

}  // namespace hotload::arrow
