# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin: dlt's tests are of another release than the dlt that is installed, and a helper
of theirs reads a value that has changed its type since."""

import importlib.util
import sys
import types
from typing import Any
from unittest.mock import MagicMock

import pytest
from dlt.common.pendulum import pendulum
from dlt.common.time import reduce_pendulum_datetime_precision


def created_at(pipeline: Any, load_info: Any) -> Any:
    """When a package was made, in UTC: a plain datetime in newer releases."""
    state = pipeline.get_load_package_state(load_info.asdict()["loads_ids"][0])
    moment = pendulum.instance(state["created_at"]).in_timezone("UTC").replace(tzinfo=None)
    digits = pipeline._get_destination_capabilities().timestamp_precision
    return reduce_pendulum_datetime_precision(moment, digits)


def absent(*args: Any, **options: Any) -> None:
    pytest.skip("the installed dlt has no such function")


MODULE = "dlt.extract.incremental.sql"
if importlib.util.find_spec(MODULE) is None:
    stand_in = types.ModuleType(MODULE)
    stand_in.to_sqlglot_filter = absent  # type: ignore[attr-defined]
    sys.modules[MODULE] = stand_in

try:
    import pyodbc  # noqa: F401
except ImportError:  # a module of tests names the client of SQL Server, and never uses it here
    sys.modules["pyodbc"] = MagicMock(name="pyodbc")

HELPERS = {"get_load_package_created_at": created_at}


def pytest_itemcollected(item: Any) -> None:
    for name, helper in HELPERS.items():
        if hasattr(getattr(item, "module", None), name):
            setattr(item.module, name, helper)
