// SPDX-License-Identifier: Apache-2.0
#include "arrow/ipc.h"

#include <nanoarrow/nanoarrow_ipc.h>

#include <cerrno>

#include "arrow/slice.h"
#include "arrow/source.h"
#include "hotload/error.h"

namespace hotload::arrow {

namespace {

void check(ArrowErrorCode code, ArrowError& error) {
  if (code == NANOARROW_OK) return;
  const ErrorCode kind = code == ENOTSUP  ? ErrorCode::kUnsupported
                         : code == ENOMEM ? ErrorCode::kExhausted
                                          : ErrorCode::kInternal;
  throw Error(kind, std::string("Arrow IPC: ") + ArrowErrorMessage(&error));
}

// What `source` throws crosses the C code as a number, and waits here.
struct Input {
  ByteSource source;
  std::exception_ptr thrown;
};

ArrowErrorCode read_input(ArrowIpcInputStream* stream, uint8_t* out, int64_t size,
                          int64_t* size_read, ArrowError*) {
  auto& input = *static_cast<Input*>(stream->private_data);
  try {
    *size_read = 0;
    while (*size_read < size) {
      const int64_t got = input.source(out + *size_read, size - *size_read);
      if (got == 0) break;
      *size_read += got;
    }
    return NANOARROW_OK;
  } catch (...) {
    input.thrown = std::current_exception();
    return EIO;
  }
}

void release_input(ArrowIpcInputStream* stream) { stream->release = nullptr; }

class IpcSource : public Source {
 public:
  explicit IpcSource(ByteSource source) : input_{std::move(source), {}} {
    ArrowIpcInputStream raw{read_input, release_input, &input_};
    ArrowArrayStream reader{};
    if (ArrowIpcArrayStreamReaderInit(&reader, &raw, nullptr) != NANOARROW_OK) {
      throw Error(ErrorCode::kExhausted, "out of memory reading an Arrow IPC stream");
    }
    reader_ = ArrowStream(reader);
  }

  void schema(ArrowSchema* out) override {
    check_read(reader_.get()->get_schema(reader_.get(), out));
  }
  void next(ArrowArray* out) override { check_read(reader_.get()->get_next(reader_.get(), out)); }

 private:
  void check_read(int status) {
    if (status == 0) return;
    if (input_.thrown) std::rethrow_exception(std::exchange(input_.thrown, nullptr));
    const char* reason = reader_.get()->get_last_error(reader_.get());
    throw Error(ErrorCode::kBadFile, std::string("not an Arrow IPC stream: ") +
                                         (reason != nullptr ? reason : "it cannot be read"));
  }

  Input input_;
  ArrowStream reader_;
};

bool has_dictionary(const ArrowSchema& schema) {
  if (schema.dictionary != nullptr) return true;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    if (has_dictionary(*schema.children[i])) return true;
  }
  return false;
}

// What nanoarrow does not write.
void check_columns(const ArrowSchema& schema) {
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& column = *schema.children[i];
    if (!has_dictionary(column)) continue;
    throw Error(ErrorCode::kUnsupported, std::string("column '") + column.name +
                                             "' is an ENUM: cast it to VARCHAR in the query");
  }
}

}  // namespace

ArrowStream read_ipc(ByteSource source) {
  auto reader = std::make_unique<IpcSource>(std::move(source));
  Schema schema;
  reader->schema(schema.get());
  return make_stream(std::move(reader));
}

struct IpcEncoder::State {
  ArrowSchema schema{};
  ArrowArrayView view{};
  ArrowBuffer buffer{};
  ArrowIpcWriter writer{};
  ArrowError error{};

  State() { ArrowBufferInit(&buffer); }
  ~State() {
    if (writer.private_data != nullptr) ArrowIpcWriterReset(&writer);
    ArrowBufferReset(&buffer);
    ArrowArrayViewReset(&view);
    if (schema.release != nullptr) schema.release(&schema);
  }

  void give(ArrowErrorCode code, std::string& out) {
    check(code, error);
    out.append(reinterpret_cast<const char*>(buffer.data), static_cast<size_t>(buffer.size_bytes));
    buffer.size_bytes = 0;
  }
};

IpcEncoder::IpcEncoder(const ArrowSchema& schema) : state_(std::make_unique<State>()) {
  check_columns(schema);
  State& state = *state_;
  check(ArrowSchemaDeepCopy(&schema, &state.schema), state.error);
  check(ArrowArrayViewInitFromSchema(&state.view, &state.schema, &state.error), state.error);
  ArrowIpcOutputStream output{};
  check(ArrowIpcOutputStreamInitBuffer(&output, &state.buffer), state.error);
  check(ArrowIpcWriterInit(&state.writer, &output), state.error);
}

IpcEncoder::~IpcEncoder() = default;

void IpcEncoder::append_schema(std::string& out) {
  State& state = *state_;
  state.give(ArrowIpcWriterWriteSchema(&state.writer, &state.schema, &state.error), out);
}

void IpcEncoder::append_batch(const ArrowArray& batch, std::string& out) {
  State& state = *state_;
  Batch copy;
  const ArrowArray* array = &batch;
  if (has_offset(batch)) {
    copy_slice(state.schema, batch, 0, batch.length, copy.get());
    array = &*copy;
  }
  check(ArrowArrayViewSetArray(&state.view, array, &state.error), state.error);
  state.give(ArrowIpcWriterWriteArrayView(&state.writer, &state.view, &state.error), out);
}

void IpcEncoder::append_end(std::string& out) {
  State& state = *state_;
  state.give(ArrowIpcWriterWriteArrayView(&state.writer, nullptr, &state.error), out);
}

}  // namespace hotload::arrow
