// SPDX-License-Identifier: Apache-2.0
// The one place where an error of the core becomes an exception of Python.
#include "error.h"

#include <nanobind/nanobind.h>

#include "hotload/error.h"

namespace nb = nanobind;

namespace hotload::python {
namespace {

void raise_in_python(const Error& error) {
  try {
    auto type = nb::module_::import_("hotload.error").attr("Error");
    std::string_view code = to_string(error.code());
    // A message may quote bytes of a damaged file: it must arrive all the same.
    std::string_view message = error.what();
    auto text = nb::steal(
        PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()), "replace"));
    auto instance = type(nb::str(code.data(), code.size()), text, nb::bool_(error.transient()));
    PyErr_SetObject(type.ptr(), instance.ptr());
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

void bind_errors() { nb::register_exception_translator(translate); }

}  // namespace hotload::python
