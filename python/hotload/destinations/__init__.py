# SPDX-License-Identifier: Apache-2.0
"""Where dlt finds the destination: `dlt.pipeline(destination="hotload")`. Nothing is imported
before the name is asked for."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotload.dlt.factory import hotload

__all__ = ["hotload"]


def __getattr__(name: str) -> Any:
    if name == "hotload":
        from hotload.dlt.factory import hotload

        return hotload
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
