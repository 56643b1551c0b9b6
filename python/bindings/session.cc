// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "bind.h"
#include "parameter.h"
#include "stream.h"
#include "values.h"

namespace nb = nanobind;

namespace hotload::python {

void bind_session(nb::module_& module) {
  nb::class_<SessionHandle>(module, "Session",
                            "A connection for SQL. One thread at a time, except interrupt().")
      .def(
          "query",
          [](const SessionHandle& self, const std::string& sql, nb::handle parameters) {
            auto session = self.get();
            auto bound = parameters_from(parameters);
            return Result(blocking([&] { return session->query(sql, bound); }));
          },
          nb::arg("sql"), nb::arg("parameters").none() = nb::none())
      .def_prop_ro("rows_changed",
                   [](const SessionHandle& self) { return self.get()->rows_changed(); })
      .def_prop_ro("in_transaction",
                   [](const SessionHandle& self) { return self.get()->in_transaction(); })
      .def("begin", [](const SessionHandle& self) { blocking([s = self.get()] { s->begin(); }); })
      .def("commit", [](const SessionHandle& self) { blocking([s = self.get()] { s->commit(); }); })
      .def("rollback",
           [](const SessionHandle& self) { blocking([s = self.get()] { s->rollback(); }); })
      .def("interrupt",
           [](const SessionHandle& self) { blocking([s = self.get()] { s->interrupt(); }); })
      .def("close", &SessionHandle::close)
      .def("__enter__", [](nb::object self) { return self; })
      .def("__exit__", [](SessionHandle& self, const nb::args&) { self.close(); });
}

}  // namespace hotload::python
