# SPDX-License-Identifier: Apache-2.0
"""The dlt destination, and what its history is good for. factory.py is the entry; client.py tells
how a load package becomes one hotload load. Nothing is imported before it is asked for."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotload.dlt.history import dataset
    from hotload.dlt.migration import take_over

__all__ = ["dataset", "take_over"]


def __getattr__(name: str) -> Any:
    if name == "dataset":
        from hotload.dlt.history import dataset

        return dataset
    if name == "take_over":
        from hotload.dlt.migration import take_over

        return take_over
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
