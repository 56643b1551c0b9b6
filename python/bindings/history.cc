// SPDX-License-Identifier: Apache-2.0
// What a database did, and taking it back.
#include <nanobind/nanobind.h>

#include <string>

#include "bind.h"
#include "stream.h"
#include "values.h"

namespace nb = nanobind;

namespace hotload::python {

void bind_history(nb::class_<DatabaseHandle>& database) {
  database
      .def(
          "history",
          [](const DatabaseHandle& self, int64_t limit) {
            return blocking([=, database = self.get()] { return database->history(limit); });
          },
          nb::arg("limit") = 0)
      .def(
          "table_events",
          [](const DatabaseHandle& self, const std::string& since, const std::string& until) {
            return blocking(
                [&, database = self.get()] { return database->table_events({since, until}); });
          },
          nb::arg("since") = "", nb::arg("until") = "")
      .def(
          "changes",
          [](const DatabaseHandle& self, const std::string& schema, const std::string& table,
             const std::string& since, const std::string& until) {
            return Result(blocking([&, database = self.get()] {
              return database->changes(schema, table, {since, until});
            }));
          },
          nb::arg("schema"), nb::arg("table"), nb::kw_only(), nb::arg("since") = "",
          nb::arg("until") = "")
      .def(
          "diff",
          [](const DatabaseHandle& self, const std::string& since, const std::string& until) {
            return blocking([&, database = self.get()] { return database->diff({since, until}); });
          },
          nb::arg("since"), nb::arg("until") = "")
      .def(
          "diff_rows",
          [](const DatabaseHandle& self, const std::string& schema, const std::string& table,
             const std::string& since, const std::string& until) {
            return Result(blocking([&, database = self.get()] {
              return database->diff_rows(schema, table, {since, until});
            }));
          },
          nb::arg("schema"), nb::arg("table"), nb::arg("since"), nb::arg("until") = "")
      .def(
          "undo",
          [](const DatabaseHandle& self, const std::string& load_id) {
            return blocking([&, database = self.get()] { return database->undo(load_id); });
          },
          nb::arg("load_id"));
}

}  // namespace hotload::python
