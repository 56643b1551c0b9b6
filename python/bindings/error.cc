// SPDX-License-Identifier: Apache-2.0
// The one place where an error of the core becomes an exception of Python.
#include "error.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "arrow/source.h"

namespace nb = nanobind;

namespace hotload::python {
namespace {

nb::object exception_of(const Error& error) {
  auto type = nb::module_::import_("hotload.error").attr("Error");
  std::string_view code = to_string(error.code());
  // A message may quote bytes of a damaged file: it must arrive all the same.
  std::string_view message = error.what();
  auto text = nb::steal(
      PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()), "replace"));
  return type(nb::str(code.data(), code.size()), text, nb::bool_(error.transient()));
}

void raise_in_python(const Error& error) {
  try {
    nb::object exception = exception_of(error);
    PyErr_SetObject(exception.type().ptr(), exception.ptr());
  } catch (nb::python_error& failure) {
    failure.restore();
  }
}

void translate(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    raise_in_python(error);
  }
}

}  // namespace

void bind_errors(nb::module_& module) {
  nb::register_exception_translator(translate);
  module.def(
      "error_of_stream",
      [](const std::string& text) { return exception_of(arrow::error_of(text)); }, nb::arg("text"));
}

}  // namespace hotload::python
