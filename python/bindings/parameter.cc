// SPDX-License-Identifier: Apache-2.0
#include "parameter.h"

namespace nb = nanobind;

namespace hotload::python {
namespace {

std::string text_of(nb::handle value) {
  nb::object text = nb::steal(PyObject_Str(value.ptr()));
  if (!text.is_valid()) throw nb::python_error();
  Py_ssize_t size = 0;
  const char* bytes = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
  if (bytes == nullptr) throw nb::python_error();
  return {bytes, static_cast<size_t>(size)};
}

Parameter parameter_from(nb::handle value) {
  if (value.is_none()) return std::monostate{};
  if (PyBool_Check(value.ptr()) != 0) return value.ptr() == Py_True;
  if (PyLong_Check(value.ptr()) != 0) {
    int overflow = 0;
    long long number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
    if (overflow != 0) return text_of(value);
    return static_cast<int64_t>(number);
  }
  if (PyFloat_Check(value.ptr()) != 0) return PyFloat_AsDouble(value.ptr());
  if (PyBytes_Check(value.ptr()) != 0) {
    char* bytes = nullptr;
    Py_ssize_t size = 0;
    if (PyBytes_AsStringAndSize(value.ptr(), &bytes, &size) != 0) throw nb::python_error();
    return std::vector<uint8_t>(bytes, bytes + size);
  }
  return text_of(value);
}

}  // namespace

std::vector<Parameter> parameters_from(nb::handle values) {
  std::vector<Parameter> parameters;
  if (values.is_none()) return parameters;
  for (nb::handle value : values) parameters.push_back(parameter_from(value));
  return parameters;
}

}  // namespace hotload::python
