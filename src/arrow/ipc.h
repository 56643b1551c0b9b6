// SPDX-License-Identifier: Apache-2.0
// Arrow IPC streams: batches to bytes, bytes to batches.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "hotload/arrow.h"

namespace hotload::arrow {

// Fills up to `size` bytes and says how many, 0 at the end. Throws Error.
using ByteSource = std::function<int64_t(uint8_t* out, int64_t size)>;

// The stream that the bytes of `source` are; what follows its end is not read. Bytes that are no
// such stream make it report kBadFile. Throws kBadFile, or what `source` throws, for a bad schema.
ArrowStream read_ipc(ByteSource source);

// The messages of one stream, each appended to a text. One thread.
class IpcEncoder {
 public:
  // Copies the schema. Throws kUnsupported for ENUMs (dictionaries).
  explicit IpcEncoder(const ArrowSchema& schema);
  ~IpcEncoder();
  IpcEncoder(const IpcEncoder&) = delete;
  IpcEncoder& operator=(const IpcEncoder&) = delete;

  void append_schema(std::string& out);
  // A struct array of the schema, with offset 0 throughout.
  void append_batch(const ArrowArray& batch, std::string& out);
  void append_end(std::string& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hotload::arrow
