# SPDX-License-Identifier: Apache-2.0
"""Where dlt finds the destinations: `dlt.pipeline(destination="hotload")` or `"hotdata"`, and their
adapters. Nothing is imported before a name is asked for."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotload.dlt.adapter import hotload_adapter
    from hotload.dlt.factory import hotload
    from hotload.dlt.hotdata import hotdata, hotdata_adapter

__all__ = ["hotdata", "hotdata_adapter", "hotload", "hotload_adapter"]

_MODULES = {
    "hotdata": "hotdata",
    "hotdata_adapter": "hotdata",
    "hotload": "factory",
    "hotload_adapter": "adapter",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"hotload.dlt.{_MODULES[name]}"), name)
