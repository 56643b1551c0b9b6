// SPDX-License-Identifier: Apache-2.0
// A capsule owns its stream until a consumer moves it out. Streams are released without the GIL,
// because the core may wait there; in a forked child they are not released at all.
#include "stream.h"

#include <memory>
#include <utility>

#include "handle.h"
#include "hotload/error.h"
#include "rows.h"

namespace nb = nanobind;

namespace hotload::python {
namespace {

constexpr const char* kCapsuleName = "arrow_array_stream";
constexpr const char* kSchemaCapsuleName = "arrow_schema";

struct OwnedStream {
  ArrowArrayStream raw;  // first: the capsule points at it
  pid_t process;
};

void release_stream(ArrowStream stream, pid_t process) {
  if (process != ::getpid()) {
    (void)stream.release();
    return;
  }
  nb::gil_scoped_release unlocked;
  stream.reset();
}

void release_capsule(PyObject* capsule) {
  auto* owned = static_cast<OwnedStream*>(PyCapsule_GetPointer(capsule, kCapsuleName));
  if (owned == nullptr) {
    PyErr_Clear();
    return;
  }
  release_stream(ArrowStream(owned->raw), owned->process);
  delete owned;
}

void release_schema(PyObject* capsule) {
  auto* schema = static_cast<ArrowSchema*>(PyCapsule_GetPointer(capsule, kSchemaCapsuleName));
  if (schema == nullptr) {
    PyErr_Clear();
    return;
  }
  if (schema->release != nullptr) schema->release(schema);
  delete schema;
}

nb::object arrow_reader(nb::handle result) {
  nb::object pyarrow = nb::module_::import_("hotload.optional").attr("pyarrow")();
  return pyarrow.attr("RecordBatchReader").attr("from_stream")(result);
}

}  // namespace

Result::Result(ArrowStream stream) : stream_(std::move(stream)), process_(::getpid()) {}

Result::~Result() { close(); }

void Result::close() {
  if (stream_) release_stream(std::move(stream_), process_);
}

void Result::check_unread() const {
  if (stream_) return;
  throw Error(ErrorCode::kInvalidArgument,
              "The rows of this result have been read already. Run the query again, or keep "
              "what .arrow() returned.");
}

nb::object Result::schema_capsule() {
  check_unread();
  auto schema = std::make_unique<ArrowSchema>();
  ArrowArrayStream* stream = stream_.get();
  if (stream->get_schema(stream, schema.get()) != 0) {
    const char* reason = stream->get_last_error(stream);
    throw Error(ErrorCode::kInternal, reason != nullptr ? reason : "the result has no schema");
  }
  nb::object capsule = nb::steal(PyCapsule_New(schema.get(), kSchemaCapsuleName, release_schema));
  if (!capsule.is_valid()) {
    schema->release(schema.get());
    throw nb::python_error();
  }
  (void)schema.release();
  return capsule;
}

nb::object Result::to_capsule() {
  check_unread();
  auto owned = std::make_unique<OwnedStream>(OwnedStream{stream_.release(), process_});
  nb::object capsule = nb::steal(PyCapsule_New(owned.get(), kCapsuleName, release_capsule));
  if (!capsule.is_valid()) throw nb::python_error();
  (void)owned.release();
  return capsule;
}

nb::list Result::fetchall() {
  check_unread();
  Result own(std::move(*this));
  return all_rows(own.stream_);
}

ArrowStream stream_from(nb::handle data) {
  if (!nb::hasattr(data, "__arrow_c_stream__")) {
    throw Error(ErrorCode::kInvalidArgument,
                "Expected an object with __arrow_c_stream__ (a pyarrow Table or RecordBatchReader, "
                "a polars or pandas DataFrame, a duckdb relation), got " +
                    std::string(nb::str(nb::handle(data.type()).attr("__name__")).c_str()) + ".");
  }
  nb::object capsule = data.attr("__arrow_c_stream__")();
  auto* raw = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule.ptr(), kCapsuleName));
  if (raw == nullptr) throw nb::python_error();
  // Moving out leaves a released stream in the capsule, as the interface asks.
  return ArrowStream(std::exchange(*raw, {}));
}

void bind_streams(nb::module_& module) {
  nb::class_<Result>(module, "Result", "Rows of one query. Read once; use .arrow() to keep them.")
      .def(
          "__arrow_c_stream__", [](Result& self, nb::handle) { return self.to_capsule(); },
          nb::arg("requested_schema").none() = nb::none())
      .def("__arrow_c_schema__", &Result::schema_capsule)
      .def(
          "reader", [](nb::handle self) { return arrow_reader(self); },
          "A pyarrow.RecordBatchReader: rows batch by batch, in bounded memory.")
      .def(
          "arrow", [](nb::handle self) { return arrow_reader(self).attr("read_all")(); },
          "All rows as a pyarrow.Table.")
      .def(
          "df",
          [](nb::handle self) {
            nb::module_::import_("hotload.optional").attr("pandas")();
            return arrow_reader(self).attr("read_all")().attr("to_pandas")();
          },
          "All rows as a pandas.DataFrame.")
      .def("fetchall", &Result::fetchall, "All rows as a list of tuples.")
      .def("close", &Result::close, "Lets go of rows that are not wanted any more.")
      .def("__enter__", [](nb::object self) { return self; })
      .def("__exit__", [](Result& self, const nb::args&) { self.close(); });
}

}  // namespace hotload::python
