# SPDX-License-Identifier: Apache-2.0
"""The dlt destination, and what its history is good for. factory.py is the entry; client.py tells
how a load package becomes one hotload load. Nothing is imported before it is asked for."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotload.dlt.branches import branch
    from hotload.dlt.history import changes, dataset, undo
    from hotload.dlt.migration import take_over

__all__ = ["branch", "changes", "dataset", "take_over", "undo"]

_MODULES = {"branch": "branches", "take_over": "migration"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"hotload.dlt.{_MODULES.get(name, 'history')}")
    return getattr(module, name)
