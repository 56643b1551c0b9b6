// SPDX-License-Identifier: Apache-2.0
// Arrow batches as Python rows, without a library of Python's.
#pragma once

#include <nanobind/nanobind.h>

#include "hotload/arrow.h"

namespace hotload::python {

// All rows as a list of tuples of Python's own values: Decimal, date, time, datetime, timedelta,
// bytes, list, dict, and for a map a list of (key, value). What is finer than a microsecond is
// cut. Throws kUnsupported for a value that Python cannot hold, such as a year beyond 9999.
nanobind::list all_rows(ArrowStream& stream);

}  // namespace hotload::python
