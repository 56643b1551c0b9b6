// SPDX-License-Identifier: Apache-2.0
// Arrow streams between Python and the core, by the PyCapsule interface.
#pragma once

#include <nanobind/nanobind.h>
#include <unistd.h>

#include "hotload/arrow.h"

namespace hotload::python {

// Rows that a query returns. They are read once, by whoever asks first.
class Result {
 public:
  explicit Result(ArrowStream stream);
  Result(Result&&) noexcept = default;
  Result(const Result&) = delete;
  Result& operator=(Result&&) = delete;
  Result& operator=(const Result&) = delete;
  ~Result();

  // A capsule "arrow_array_stream" that owns the rows.
  nanobind::object to_capsule();
  // A capsule "arrow_schema": what the columns are, before any row is read. DuckDB asks for it.
  nanobind::object schema_capsule();
  // The rows as Python values.
  nanobind::list fetchall();
  void close();

 private:
  void check_unread() const;

  ArrowStream stream_;
  pid_t process_;
};

// Takes the stream out of any object that has __arrow_c_stream__.
ArrowStream stream_from(nanobind::handle data);

void bind_streams(nanobind::module_& module);

}  // namespace hotload::python
