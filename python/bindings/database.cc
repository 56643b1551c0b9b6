// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>

#include <string>

#include "bind.h"
#include "stream.h"
#include "values.h"

namespace nb = nanobind;

namespace hotload::python {
namespace {

SessionHandle open_session(const DatabaseHandle& self, const std::string& schema, bool read_only,
                           const std::string& as_of) {
  SessionOptions options{.schema = schema, .read_only = read_only, .as_of = as_of};
  return SessionHandle(
      blocking([&, database = self.get()] { return database->open_session(options); }));
}

Result query(const DatabaseHandle& self, const std::string& sql, const std::string& as_of) {
  SessionOptions options{.schema = {}, .read_only = true, .as_of = as_of};
  return Result(blocking(
      [&, database = self.get()] { return database->open_session(options)->query(sql, {}); }));
}

MaintenanceReport maintain(const DatabaseHandle& self, bool compact, bool sweep, bool dry_run,
                           std::optional<int64_t> retention_seconds, int64_t grace_seconds) {
  MaintenanceOptions options{.compact = compact,
                             .sweep = sweep,
                             .dry_run = dry_run,
                             .retention_seconds = retention_seconds,
                             .grace_seconds = grace_seconds};
  return blocking([&, database = self.get()] { return database->maintain(options); });
}

// The convenience of one call is written in Python: it is about paths and Arrow objects.
nb::object load(nb::handle self, const nb::args& args, const nb::kwargs& kwargs) {
  return nb::module_::import_("hotload.loading").attr("load")(self, *args, **kwargs);
}

void bind_schemas(nb::class_<DatabaseHandle>& database) {
  database
      .def("list_schemas",
           [](const DatabaseHandle& self) {
             return blocking([database = self.get()] { return database->list_schemas(); });
           })
      .def(
          "create_schema",
          [](const DatabaseHandle& self, const std::string& schema) {
            blocking([&, database = self.get()] { database->create_schema(schema); });
          },
          nb::arg("schema"))
      .def(
          "drop_schema",
          [](const DatabaseHandle& self, const std::string& schema) {
            blocking([&, database = self.get()] { database->drop_schema(schema); });
          },
          nb::arg("schema"))
      .def(
          "has_schema",
          [](const DatabaseHandle& self, const std::string& schema) {
            return blocking([&, database = self.get()] { return database->has_schema(schema); });
          },
          nb::arg("schema"))
      .def(
          "list_tables",
          [](const DatabaseHandle& self, const std::string& schema) {
            return blocking([&, database = self.get()] { return database->list_tables(schema); });
          },
          nb::arg("schema"))
      .def(
          "columns",
          [](const DatabaseHandle& self, const std::string& schema, const std::string& table) {
            return blocking(
                [&, database = self.get()] { return database->columns(schema, table); });
          },
          nb::arg("schema"), nb::arg("table"));
}

}  // namespace

void bind_database(nb::module_& module) {
  nb::class_<DatabaseHandle> database(module, "Database", "One managed database. Thread-safe.");
  bind_schemas(database);
  bind_history(database);
  database.def_prop_ro("name", [](const DatabaseHandle& self) { return self.get()->name(); })
      .def_prop_ro("id", [](const DatabaseHandle& self) { return self.get()->id(); })
      .def(
          "open_load",
          [](const DatabaseHandle& self, const LoadKey& key) {
            return LoadHandle(
                blocking([&, database = self.get()] { return database->open_load(key); }));
          },
          nb::arg("key"))
      .def("pending_loads",
           [](const DatabaseHandle& self) {
             return blocking([database = self.get()] { return database->pending_loads(); });
           })
      .def("open_session", &open_session, nb::kw_only(), nb::arg("schema") = "",
           nb::arg("read_only") = false, nb::arg("as_of") = "")
      .def("query", &query, nb::arg("sql"), nb::kw_only(), nb::arg("as_of") = "")
      .def("load", &load)
      .def("scrub",
           [](const DatabaseHandle& self) {
             return blocking([database = self.get()] { return database->scrub(); });
           })
      .def("maintain", &maintain, nb::kw_only(), nb::arg("compact") = true, nb::arg("sweep") = true,
           nb::arg("dry_run") = false, nb::arg("retention_seconds") = nb::none(),
           nb::arg("grace_seconds") = 3600)
      .def("close", &DatabaseHandle::close);
}

}  // namespace hotload::python
