# SPDX-License-Identifier: Apache-2.0
"""The dlt destination, and what its history is good for. factory.py is the entry; client.py tells
how a load package becomes one hotload load. Nothing is imported before it is asked for."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotload.dlt.history import dataset

__all__ = ["dataset"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from hotload.dlt import history

        return getattr(history, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
