// SPDX-License-Identifier: Apache-2.0
// One function a noun; core.cc calls them in this order.
#pragma once

#include <nanobind/nanobind.h>

#include "handle.h"
#include "hotload/workspace.h"

namespace hotload::python {

using WorkspaceHandle = Handle<Workspace>;
using DatabaseHandle = Handle<Database>;
using SessionHandle = Handle<Session>;
using LoadHandle = Handle<Load>;

void bind_session(nanobind::module_& module);
void bind_load(nanobind::module_& module);
void bind_database(nanobind::module_& module);
void bind_history(nanobind::class_<DatabaseHandle>& database);
void bind_bucket(nanobind::module_& module);
void bind_workspace(nanobind::module_& module);

}  // namespace hotload::python
