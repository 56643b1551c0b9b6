// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

#include "bind.h"
#include "values.h"

namespace nb = nanobind;

namespace hotload::python {
namespace {

// The engine's threads do not survive a fork, and what they held stays locked: once a process has
// opened a workspace, its forked children can open none.
void refuse_forked_child() {
  static std::atomic<pid_t> first_process{0};
  pid_t expected = 0;
  if (!first_process.compare_exchange_strong(expected, ::getpid()) && expected != ::getpid()) {
    throw Error(ErrorCode::kInvalidArgument,
                "This process was forked from one that had opened a workspace, and cannot open "
                "one itself. Start it afresh (multiprocessing: use \"spawn\").");
  }
}

WorkspaceHandle open(const std::filesystem::path& location,
                     std::optional<int64_t> memory_limit_bytes, std::optional<int64_t> threads,
                     bool create, int64_t lock_timeout_ms, std::optional<int64_t> retention_seconds,
                     bool auto_maintenance, int64_t adopt_from_bytes, const std::string& api_key,
                     const std::string& workspace_id, int64_t connect_timeout_ms,
                     int64_t answer_timeout_ms, int64_t max_attempts, int64_t first_wait_ms,
                     int64_t wait_budget_ms, int64_t parallel, bool ask_environment) {
  refuse_forked_child();
  WorkspaceOptions options{.memory_limit_bytes = memory_limit_bytes,
                           .threads = threads,
                           .create = create,
                           .lock_timeout_ms = lock_timeout_ms,
                           .retention_seconds = retention_seconds,
                           .auto_maintenance = auto_maintenance,
                           .adopt_from_bytes = adopt_from_bytes,
                           .server = {.api_key = api_key,
                                      .workspace_id = workspace_id,
                                      .connect_timeout_ms = connect_timeout_ms,
                                      .answer_timeout_ms = answer_timeout_ms,
                                      .max_attempts = max_attempts,
                                      .first_wait_ms = first_wait_ms,
                                      .wait_budget_ms = wait_budget_ms,
                                      .parallel = parallel,
                                      .ask_environment = ask_environment}};
  return WorkspaceHandle(blocking([&] { return open_workspace(location.string(), options); }));
}

template <typename Method, typename... Names>
DatabaseHandle database(const WorkspaceHandle& self, Method method, const Names&... names) {
  auto workspace = self.get();
  return DatabaseHandle(blocking([&] { return ((*workspace).*method)(names...); }));
}

}  // namespace

void bind_workspace(nb::module_& module) {
  module.def("open_workspace", &open, nb::arg("location"), nb::kw_only(),
             nb::arg("memory_limit_bytes") = nb::none(), nb::arg("threads") = nb::none(),
             nb::arg("create") = true, nb::arg("lock_timeout_ms") = 60'000,
             nb::arg("retention_seconds") = nb::none(), nb::arg("auto_maintenance") = true,
             nb::arg("adopt_from_bytes") = WorkspaceOptions{}.adopt_from_bytes,
             nb::arg("api_key") = "", nb::arg("workspace_id") = "",
             nb::arg("connect_timeout_ms") = ServerOptions{}.connect_timeout_ms,
             nb::arg("answer_timeout_ms") = ServerOptions{}.answer_timeout_ms,
             nb::arg("max_attempts") = ServerOptions{}.max_attempts,
             nb::arg("first_wait_ms") = ServerOptions{}.first_wait_ms,
             nb::arg("wait_budget_ms") = ServerOptions{}.wait_budget_ms,
             nb::arg("parallel") = ServerOptions{}.parallel, nb::arg("ask_environment") = true);
  module.def("close_idle_workspaces", [] { blocking([] { close_idle_workspaces(); }); });
  nb::class_<WorkspaceHandle>(module, "Workspace", "A place that holds databases. Thread-safe.")
      .def_prop_ro("location", [](const WorkspaceHandle& self) { return self.get()->location(); })
      .def("list_databases",
           [](const WorkspaceHandle& self) {
             return blocking([workspace = self.get()] { return workspace->list_databases(); });
           })
      .def(
          "has_database",
          [](const WorkspaceHandle& self, const std::string& name) {
            return blocking([&, workspace = self.get()] { return workspace->has_database(name); });
          },
          nb::arg("name"))
      .def(
          "create_database",
          [](const WorkspaceHandle& self, const std::string& name) {
            return database(self, &Workspace::create_database, name);
          },
          nb::arg("name"))
      .def(
          "open_database",
          [](const WorkspaceHandle& self, const std::string& name) {
            return database(self, &Workspace::open_database, name);
          },
          nb::arg("name"))
      .def(
          "open_or_create_database",
          [](const WorkspaceHandle& self, const std::string& name) {
            return database(self, &Workspace::open_or_create_database, name);
          },
          nb::arg("name"))
      .def(
          "fork_database",
          [](const WorkspaceHandle& self, const std::string& from, const std::string& to) {
            return database(self, &Workspace::fork_database, from, to);
          },
          nb::arg("source"), nb::arg("target"))
      .def(
          "publish_database",
          [](const WorkspaceHandle& self, const std::string& fork) {
            return blocking(
                [&, workspace = self.get()] { return workspace->publish_database(fork); });
          },
          nb::arg("fork"))
      .def(
          "drop_database",
          [](const WorkspaceHandle& self, const std::string& name) {
            blocking([&, workspace = self.get()] { workspace->drop_database(name); });
          },
          nb::arg("name"))
      .def("close", &WorkspaceHandle::close)
      .def("__enter__", [](nb::object self) { return self; })
      .def("__exit__", [](WorkspaceHandle& self, const nb::args&) { self.close(); });
}

}  // namespace hotload::python
