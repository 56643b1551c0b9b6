// SPDX-License-Identifier: Apache-2.0
#include "arrow/slice.h"

#include <nanoarrow/nanoarrow.h>

#include <cstring>
#include <string>

#include "hotload/error.h"

namespace hotload::arrow {

namespace {

void check(ArrowErrorCode code) {
  if (code != NANOARROW_OK) throw Error(ErrorCode::kExhausted, "out of memory copying a batch");
}

void append_bytes(ArrowArray* out, int buffer, const void* from, int64_t position, int64_t size) {
  if (size == 0 || from == nullptr) return;
  check(ArrowBufferAppend(ArrowArrayBuffer(out, buffer),
                          static_cast<const uint8_t*>(from) + position, size));
}

void append_bits(ArrowArray* out, int buffer, const void* from, int64_t begin, int64_t count) {
  ArrowBuffer* to = ArrowArrayBuffer(out, buffer);
  check(ArrowBufferAppendFill(to, 0, (count + 7) / 8));
  const auto* bits = static_cast<const uint8_t*>(from);
  for (int64_t i = 0; i < count; ++i) {
    if (ArrowBitGet(bits, begin + i)) ArrowBitSet(to->data, i);
  }
}

// Offsets that begin at 0. The part of the values that they span.
struct Span {
  int64_t begin = 0;
  int64_t count = 0;
};

template <typename Offset>
Span append_offsets(ArrowArray* out, const ArrowArray& array, int64_t begin, int64_t count) {
  if (count == 0 || array.buffers[1] == nullptr) {
    check(ArrowBufferAppendFill(ArrowArrayBuffer(out, 1), 0, sizeof(Offset)));
    return {};
  }
  const Offset* from = static_cast<const Offset*>(array.buffers[1]) + begin;
  ArrowBuffer* to = ArrowArrayBuffer(out, 1);
  check(ArrowBufferReserve(to, (count + 1) * static_cast<int64_t>(sizeof(Offset))));
  for (int64_t i = 0; i <= count; ++i) {
    const Offset offset = from[i] - from[0];
    ArrowBufferAppendUnsafe(to, &offset, sizeof(offset));
  }
  return {from[0], from[count] - from[0]};
}

Span append_offsets(int64_t bits, ArrowArray* out, const ArrowArray& array, int64_t begin,
                    int64_t count) {
  return bits == 32 ? append_offsets<int32_t>(out, array, begin, count)
                    : append_offsets<int64_t>(out, array, begin, count);
}

void copy_into(const ArrowSchema& schema, const ArrowArray& array, int64_t begin, int64_t count,
               ArrowArray* out);

void copy_children(const ArrowSchema& schema, const ArrowArray& array, int64_t begin, int64_t count,
                   ArrowArray* out) {
  for (int64_t i = 0; i < schema.n_children; ++i) {
    copy_into(*schema.children[i], *array.children[i], begin, count, out->children[i]);
  }
}

// `at` is the first value's place in the buffers.
void copy_values(const ArrowSchema& schema, const ArrowSchemaView& view, const ArrowArray& array,
                 int64_t at, int64_t count, ArrowArray* out) {
  const ArrowLayout& layout = view.layout;
  switch (view.storage_type) {
    case NANOARROW_TYPE_NA:
      return;
    case NANOARROW_TYPE_STRUCT:
      return copy_children(schema, array, at, count, out);
    case NANOARROW_TYPE_FIXED_SIZE_LIST:
      return copy_children(schema, array, at * view.fixed_size, count * view.fixed_size, out);
    case NANOARROW_TYPE_LIST:
    case NANOARROW_TYPE_LARGE_LIST:
    case NANOARROW_TYPE_MAP: {
      const Span span = append_offsets(layout.element_size_bits[1], out, array, at, count);
      return copy_children(schema, array, span.begin, span.count, out);
    }
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_BINARY:
    case NANOARROW_TYPE_LARGE_STRING:
    case NANOARROW_TYPE_LARGE_BINARY: {
      const Span span = append_offsets(layout.element_size_bits[1], out, array, at, count);
      return append_bytes(out, 2, array.buffers[2], span.begin, span.count);
    }
    case NANOARROW_TYPE_SPARSE_UNION:
      append_bytes(out, 0, array.buffers[0], at, count);
      return copy_children(schema, array, at, count, out);
    case NANOARROW_TYPE_BOOL:
      return append_bits(out, 1, array.buffers[1], at, count);
    default:
      break;
  }
  if (layout.buffer_type[1] != NANOARROW_BUFFER_TYPE_DATA || layout.element_size_bits[1] % 8 != 0 ||
      layout.element_size_bits[1] == 0) {
    throw Error(ErrorCode::kUnsupported, std::string("a column has the Arrow type '") +
                                             schema.format + "', of which no part can be copied");
  }
  const int64_t width = layout.element_size_bits[1] / 8;
  append_bytes(out, 1, array.buffers[1], at * width, count * width);
}

void copy_into(const ArrowSchema& schema, const ArrowArray& array, int64_t begin, int64_t count,
               ArrowArray* out) {
  ArrowSchemaView view;
  ArrowError error;
  if (ArrowSchemaViewInit(&view, &schema, &error) != NANOARROW_OK) {
    throw Error(ErrorCode::kUnsupported, ArrowErrorMessage(&error));
  }
  const int64_t at = array.offset + begin;
  const bool has_validity = view.layout.buffer_type[0] == NANOARROW_BUFFER_TYPE_VALIDITY &&
                            array.n_buffers > 0 && array.buffers[0] != nullptr &&
                            array.null_count != 0;
  if (has_validity) append_bits(out, 0, array.buffers[0], at, count);
  copy_values(schema, view, array, at, count, out);
  if (schema.dictionary != nullptr) {
    copy_into(*schema.dictionary, *array.dictionary, 0, array.dictionary->length, out->dictionary);
  }
  out->length = count;
  out->null_count = view.storage_type == NANOARROW_TYPE_NA ? count : has_validity ? -1 : 0;
}

}  // namespace

bool has_offset(const ArrowArray& array) {
  if (array.offset != 0) return true;
  for (int64_t i = 0; i < array.n_children; ++i) {
    if (has_offset(*array.children[i])) return true;
  }
  return array.dictionary != nullptr && has_offset(*array.dictionary);
}

void copy_slice(const ArrowSchema& schema, const ArrowArray& array, int64_t begin, int64_t count,
                ArrowArray* out) {
  ArrowError error;
  if (ArrowArrayInitFromSchema(out, &schema, &error) != NANOARROW_OK) {
    throw Error(ErrorCode::kUnsupported, ArrowErrorMessage(&error));
  }
  try {
    copy_into(schema, array, begin, count, out);
    if (ArrowArrayFinishBuilding(out, NANOARROW_VALIDATION_LEVEL_NONE, &error) != NANOARROW_OK) {
      throw Error(ErrorCode::kInternal, ArrowErrorMessage(&error));
    }
  } catch (...) {
    out->release(out);
    throw;
  }
}

}  // namespace hotload::arrow
