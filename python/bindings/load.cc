// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>

#include <filesystem>
#include <string>
#include <vector>

#include "bind.h"
#include "stream.h"
#include "values.h"

namespace nb = nanobind;

namespace hotload::python {
namespace {

using Strings = std::vector<std::string>;

StagedFile stage_file(const LoadHandle& self, const std::string& table, const std::string& job_id,
                      const std::filesystem::path& path, FileFormat format, bool immutable,
                      bool orjson_times, const std::string& csv_delimiter, bool csv_header) {
  if (csv_delimiter.size() != 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "csv_delimiter must be one byte, got \"" + csv_delimiter + "\".");
  }
  StageOptions options{.format = format,
                       .immutable = immutable,
                       .orjson_times = orjson_times,
                       .csv_delimiter = csv_delimiter[0],
                       .csv_header = csv_header};
  auto load = self.get();
  return blocking([&] { return load->stage_file(table, job_id, path.string(), options); });
}

// The file is read and left alone, so it need not be copied.
std::vector<Column> file_columns(const LoadHandle& self, const std::filesystem::path& path,
                                 FileFormat format) {
  StageOptions options;
  options.format = format;
  options.immutable = true;
  return blocking([&, load = self.get()] { return load->file_columns(path.string(), options); });
}

StagedFile stage_stream(const LoadHandle& self, const std::string& table, const std::string& job_id,
                        nb::handle data) {
  auto load = self.get();
  ArrowStream stream = stream_from(data);
  return blocking([&] { return load->stage_stream(table, job_id, std::move(stream)); });
}

}  // namespace

void bind_load(nb::module_& module) {
  nb::class_<LoadHandle>(
      module, "Load",
      "One load: files staged under job ids, then one commit. Any number of threads may stage.")
      .def_prop_ro("key", [](const LoadHandle& self) { return self.get()->key(); })
      .def_prop_ro("receipt",
                   [](const LoadHandle& self) {
                     return blocking([load = self.get()] { return load->receipt(); });
                   })
      .def(
          "declare",
          [](const LoadHandle& self, const std::vector<TableSpec>& specs) {
            blocking([&, load = self.get()] { load->declare(specs); });
          },
          nb::arg("specs"))
      .def(
          "publish_schema",
          [](const LoadHandle& self, const std::vector<RowInsert>& rows) {
            return blocking([&, load = self.get()] { return load->publish_schema(rows); });
          },
          nb::arg("rows") = std::vector<RowInsert>())
      .def(
          "drop_tables",
          [](const LoadHandle& self, const Strings& tables) {
            blocking([&, load = self.get()] { load->drop_tables(tables); });
          },
          nb::arg("tables"))
      .def(
          "truncate_tables",
          [](const LoadHandle& self, const Strings& tables) {
            blocking([&, load = self.get()] { load->truncate_tables(tables); });
          },
          nb::arg("tables"))
      .def(
          "delete_rows",
          [](const LoadHandle& self, const std::vector<RowDelete>& deletes) {
            blocking([&, load = self.get()] { load->delete_rows(deletes); });
          },
          nb::arg("deletes"))
      .def(
          "insert_rows",
          [](const LoadHandle& self, const std::vector<RowInsert>& rows) {
            blocking([&, load = self.get()] { load->insert_rows(rows); });
          },
          nb::arg("rows"))
      .def(
          "run_sql",
          [](const LoadHandle& self, const std::string& job_id, const std::string& sql) {
            blocking([&, load = self.get()] { load->run_sql({job_id, sql}); });
          },
          nb::arg("job_id"), nb::arg("sql"))
      .def("stage_file", &stage_file, nb::arg("table"), nb::arg("job_id"), nb::arg("path"),
           nb::kw_only(), nb::arg("format") = "parquet", nb::arg("immutable") = false,
           nb::arg("orjson_times") = false, nb::arg("csv_delimiter") = ",",
           nb::arg("csv_header") = true)
      .def("file_columns", &file_columns, nb::arg("path"), nb::kw_only(),
           nb::arg("format") = "parquet")
      .def("stage_stream", &stage_stream, nb::arg("table"), nb::arg("job_id"), nb::arg("data"))
      .def("staged",
           [](const LoadHandle& self) {
             return blocking([load = self.get()] { return load->staged(); });
           })
      .def("commit",
           [](const LoadHandle& self) {
             return blocking([load = self.get()] { return load->commit(); });
           })
      .def("abort",
           [](const LoadHandle& self) { blocking([load = self.get()] { load->abort(); }); })
      .def("close", &LoadHandle::close);
}

}  // namespace hotload::python
