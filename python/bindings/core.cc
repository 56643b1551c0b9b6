// SPDX-License-Identifier: Apache-2.0
// The Python module hotload._core. Its types and signatures for people: hotload/_core.pyi.
#include <nanobind/nanobind.h>

#include "bind.h"
#include "error.h"
#include "hotload/sharing.h"
#include "plain/open_server.h"
#include "remote/waits.h"
#include "remote/workspace.h"
#include "server/folder_server.h"
#include "stream.h"

// As hotload/waits.py does with it. An error there is no reason not to go on waiting.
static void say_wait(const std::string& line) {
  if (!nanobind::is_alive()) return;
  const nanobind::gil_scoped_acquire held;
  try {
    nanobind::module_::import_("hotload.waits").attr("say")(line.c_str());
  } catch (nanobind::python_error& error) {
    error.discard_as_unraisable("hotload.waits.say");
  }
}

NB_MODULE(_core, module) {
  module.doc() = "The C++ core of hotload.";
  // Objects that live until the interpreter exits are no leaks: the core closes itself.
  nanobind::set_leak_warnings(false);
  hotload::plain::serve_urls();
  hotload::server::share_folders({});
  hotload::ask_holders_with(hotload::remote::ask_holder);
  hotload::remote::tell_waits_to(say_wait);
  // Before Python's end: by then nothing that other processes do here may run any more.
  nanobind::module_::import_("atexit").attr("register")(
      nanobind::cpp_function([] { hotload::python::blocking(hotload::server::stop_sharing); }));
  hotload::python::bind_errors(module);
  hotload::python::bind_streams(module);
  hotload::python::bind_session(module);
  hotload::python::bind_load(module);
  hotload::python::bind_database(module);
  hotload::python::bind_bucket(module);
  hotload::python::bind_workspace(module);
}
