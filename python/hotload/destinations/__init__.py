# SPDX-License-Identifier: Apache-2.0
"""Where dlt finds the destination: `dlt.pipeline(destination="hotload")`, and its adapter. Nothing
is imported before the name is asked for."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotload.dlt.adapter import hotload_adapter
    from hotload.dlt.factory import hotload

__all__ = ["hotload", "hotload_adapter"]


def __getattr__(name: str) -> Any:
    if name == "hotload":
        from hotload.dlt.factory import hotload

        return hotload
    if name == "hotload_adapter":
        from hotload.dlt.adapter import hotload_adapter

        return hotload_adapter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
