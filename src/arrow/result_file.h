// SPDX-License-Identifier: Apache-2.0
// A result kept on disk: an Arrow IPC stream, followed by an index of its batches. Written once, in
// bounded memory; read by page, in the order of the rows, any number of times and threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arrow/page.h"
#include "hotload/arrow.h"

namespace hotload::arrow {

// Writes all rows. The file appears under `path` when it is complete and synced; whatever fails
// leaves nothing. Throws what the stream reports, kIo and kExhausted; `max_bytes` (0: none) is the
// size beyond which it gives up with kExhausted.
class ResultFile;
ResultFile write_result_file(ArrowStream rows, const std::string& path, int64_t max_bytes = 0);

class ResultFile {
 public:
  // Throws kNotFound, kBadFile.
  explicit ResultFile(const std::string& path);

  int64_t rows() const { return rows_; }
  // The file begins with the whole result as an Arrow IPC stream of so many bytes.
  int64_t stream_bytes() const { return stream_bytes_; }
  const std::string& path() const { return path_; }
  // The stream owns the file's handle, and reads only the batches of the page.
  ArrowStream page(const Page& page = {}) const;

 private:
  struct Batch {
    int64_t first_row;
    int64_t position;  // of its message in the file
  };

  std::string path_;
  int64_t rows_ = 0;
  int64_t schema_bytes_ = 0;
  int64_t stream_bytes_ = 0;
  std::vector<Batch> batches_;
};

}  // namespace hotload::arrow
