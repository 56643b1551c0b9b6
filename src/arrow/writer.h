// SPDX-License-Identifier: Apache-2.0
// The rows of a stream as bytes of some format, part by part: who sends them asks for the next part
// when the last is gone, so that memory does not grow with the result. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hotload/arrow.h"

namespace hotload::arrow {

enum class Format {
  kIpc,       // an Arrow IPC stream: schema, batches, end; also for no rows
  kJson,      // one JSON array of rows, each an array of values; NaN and infinities are null
  kCsv,       // RFC 4180 with a header; NULL is nothing, empty text is ""
  kMarkdown,  // a table
};

class Writer {
 public:
  virtual ~Writer() = default;
  // Appends the next part, about 64 KiB or one batch of rows, to `out`; false when all was given.
  // Throws what the stream reports.
  virtual bool next(std::string& out) = 0;
  // Rows in what was given so far.
  virtual int64_t rows() const = 0;
};

std::unique_ptr<Writer> make_writer(Format format, ArrowStream rows);

struct ColumnHead {
  std::string name;
  bool nullable = true;
};
std::vector<ColumnHead> column_heads(const ArrowSchema& schema);

struct JsonRows {
  std::string text;  // "[[1,\"a\"],[2,null]]"
  int64_t rows = 0;
  bool complete = true;  // false: the next row would have gone beyond `max_bytes`
  std::vector<ColumnHead> columns;
};
// The first rows as one JSON array of at most `max_bytes` (0: all), for a preview.
JsonRows json_rows(ArrowStream rows, size_t max_bytes);

}  // namespace hotload::arrow
