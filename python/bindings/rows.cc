// SPDX-License-Identifier: Apache-2.0
#include "rows.h"

#include <nanobind/stl/string.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "arrow/array_values.h"
#include "arrow/cell.h"
#include "arrow/source.h"
#include "handle.h"
#include "hotload/error.h"

namespace nb = nanobind;

namespace hotload::python {
namespace {

using arrow::bit_at;
using arrow::bytes_at;
using arrow::is_null;
using arrow::value_at;

[[noreturn]] void refuse(std::string_view what) {
  throw Error(ErrorCode::kUnsupported, std::string(what) + "; cast it to VARCHAR in the query");
}

class Converter {
 public:
  nb::object value(const ArrowSchema& schema, const ArrowArray& array, int64_t row) const {
    const std::string_view format = schema.format;
    if (is_null(format, array, row)) return nb::none();
    if (schema.dictionary != nullptr) {
      return value(*schema.dictionary, *array.dictionary,
                   nb::cast<int64_t>(number(format, array, row)));
    }
    switch (format[0]) {
      case 'b':
        return nb::bool_(bit_at(array.buffers[1], array.offset + row));
      case 'u':
        return text(bytes_at<int32_t>(array, row));
      case 'U':
        return text(bytes_at<int64_t>(array, row));
      case 'z':
        return bytes(bytes_at<int32_t>(array, row));
      case 'Z':
        return bytes(bytes_at<int64_t>(array, row));
      case 'd': {
        std::string digits;
        arrow::append_cell(schema, array, row, digits);
        return decimal_(digits.c_str());
      }
      case 't':
        return temporal(format, array, row);
      case '+':
        return nested(schema, array, row);
      default:
        return number(format, array, row);
    }
  }

 private:
  static nb::object text(std::string_view bytes) { return nb::str(bytes.data(), bytes.size()); }
  static nb::object bytes(std::string_view bytes) { return nb::bytes(bytes.data(), bytes.size()); }

  static nb::object number(std::string_view format, const ArrowArray& array, int64_t row) {
    switch (format[0]) {
      case 'c':
        return nb::int_(value_at<int8_t>(array, row));
      case 'C':
        return nb::int_(value_at<uint8_t>(array, row));
      case 's':
        return nb::int_(value_at<int16_t>(array, row));
      case 'S':
        return nb::int_(value_at<uint16_t>(array, row));
      case 'i':
        return nb::int_(value_at<int32_t>(array, row));
      case 'I':
        return nb::int_(value_at<uint32_t>(array, row));
      case 'l':
        return nb::int_(value_at<int64_t>(array, row));
      case 'L':
        return nb::int_(value_at<uint64_t>(array, row));
      case 'f':
        return nb::float_(value_at<float>(array, row));
      case 'g':
        return nb::float_(value_at<double>(array, row));
      default:
        refuse("a column has the Arrow type '" + std::string(format) + "'");
    }
  }

  // "tdD", "ttu", "tsu:ZONE", "tDu", "tin"
  nb::object temporal(std::string_view format, const ArrowArray& array, int64_t row) const {
    if (format == "tdD") {
      constexpr int64_t kOrdinalOf1970 = 719'163;
      return date_(value_at<int32_t>(array, row) + kOrdinalOf1970);
    }
    if (format == "tin") {
      struct MonthDayNano {
        int32_t months, days;
        int64_t nanoseconds;
      };
      const auto interval = value_at<MonthDayNano>(array, row);
      return interval_(interval.months, interval.days, interval.nanoseconds);
    }
    const bool narrow = format[1] == 't' && (format[2] == 's' || format[2] == 'm');
    int64_t units = narrow ? value_at<int32_t>(array, row) : value_at<int64_t>(array, row);
    int64_t per_second = format[2] == 's' ? 1 : format[2] == 'm' ? 1'000 : 1'000'000;
    if (format[2] == 'n') units /= 1'000;
    const int64_t seconds = units / per_second;
    const int64_t micros = units % per_second * (1'000'000 / per_second);
    if (format[1] == 't') {
      return time_(seconds / 3600, seconds / 60 % 60, seconds % 60, micros);
    }
    const nb::object length = timedelta_(0, seconds, micros);
    if (format[1] == 'D') return length;
    return (format.size() > 4 ? epoch_utc_ : epoch_) + length;
  }

  nb::object list(const ArrowSchema& schema, const ArrowArray& array, int64_t begin,
                  int64_t end) const {
    nb::list items;
    for (int64_t i = begin; i < end; ++i) {
      items.append(value(*schema.children[0], *array.children[0], i));
    }
    return items;
  }

  nb::object map(const ArrowSchema& schema, const ArrowArray& array, int64_t begin,
                 int64_t end) const {
    const ArrowSchema& entry = *schema.children[0];
    const ArrowArray& entries = *array.children[0];
    nb::list items;
    for (int64_t i = entries.offset + begin; i < entries.offset + end; ++i) {
      items.append(nb::make_tuple(value(*entry.children[0], *entries.children[0], i),
                                  value(*entry.children[1], *entries.children[1], i)));
    }
    return items;
  }

  nb::object nested(const ArrowSchema& schema, const ArrowArray& array, int64_t row) const {
    const std::string_view format = schema.format;
    switch (format[1]) {
      case 's': {
        nb::dict fields;
        for (int64_t i = 0; i < schema.n_children; ++i) {
          fields[schema.children[i]->name] =
              value(*schema.children[i], *array.children[i], array.offset + row);
        }
        return fields;
      }
      case 'l':
        return list(schema, array, value_at<int32_t>(array, row),
                    value_at<int32_t>(array, row + 1));
      case 'L':
        return list(schema, array, value_at<int64_t>(array, row),
                    value_at<int64_t>(array, row + 1));
      case 'w': {
        const int64_t length = std::strtoll(format.data() + 3, nullptr, 10);
        const int64_t begin = (array.offset + row) * length;
        return list(schema, array, begin, begin + length);
      }
      case 'm':
        return map(schema, array, value_at<int32_t>(array, row), value_at<int32_t>(array, row + 1));
      case 'u': {
        const auto member = value_at<int8_t>(array, row, 0);
        const int64_t at = format[2] == 'd' ? value_at<int32_t>(array, row, 1) : array.offset + row;
        return value(*schema.children[member], *array.children[member], at);
      }
      default:
        refuse("a column has the Arrow type '" + std::string(format) + "'");
    }
  }

  static nb::object of(const char* module, const char* name) {
    return nb::module_::import_(module).attr(name);
  }

  nb::object decimal_ = of("decimal", "Decimal");
  nb::object date_ = of("datetime", "date").attr("fromordinal");
  nb::object time_ = of("datetime", "time");
  nb::object timedelta_ = of("datetime", "timedelta");
  nb::object epoch_ = of("datetime", "datetime")(1970, 1, 1);
  nb::object epoch_utc_ =
      epoch_.attr("replace")(nb::arg("tzinfo") = of("datetime", "timezone").attr("utc"));
  nb::object interval_ = of("hotload.values", "Interval");
};

nb::object row_of(const Converter& converter, const ArrowSchema& schema, const ArrowArray& batch,
                  int64_t row) {
  nb::object tuple = nb::steal(PyTuple_New(schema.n_children));
  if (!tuple.is_valid()) throw nb::python_error();
  for (int64_t i = 0; i < schema.n_children; ++i) {
    try {
      nb::object cell =
          converter.value(*schema.children[i], *batch.children[i], batch.offset + row);
      PyTuple_SetItem(tuple.ptr(), i, cell.release().ptr());
    } catch (nb::python_error& error) {
      if (!error.matches(PyExc_OverflowError) && !error.matches(PyExc_ValueError)) throw;
      const std::string name = schema.children[i]->name;
      refuse("column '" + name + "' has a value that Python cannot hold (" +
             nb::cast<std::string>(nb::str(error.value())) + ")");
    }
  }
  return tuple;
}

}  // namespace

nb::list all_rows(ArrowStream& stream) {
  const Converter converter;
  arrow::Schema schema;
  blocking(
      [&] { arrow::check_stream(stream, stream.get()->get_schema(stream.get(), schema.get())); });
  nb::list rows;
  arrow::Batch batch;
  while (blocking([&] { return batch.next_of(stream); })) {
    for (int64_t row = 0; row < batch->length; ++row) {
      rows.append(row_of(converter, *schema, *batch, row));
    }
  }
  return rows;
}

}  // namespace hotload::python
