# SPDX-License-Identifier: Apache-2.0
"""hotload loads data into managed databases, one atomic commit a load.

    import hotload

    workspace = hotload.open_workspace("x.lake")
    database = workspace.open_or_create_database("main")
    database.load("events", [{"id": 1, "name": "first"}], mode="upsert", key="id")
    database.query("SELECT * FROM events").arrow()

Importing this package loads nothing native: every process that uses dlt imports it.
"""

from typing import TYPE_CHECKING, Any

from hotload.error import Error
from hotload.values import (
    Column,
    DatabaseDiff,
    LoadKey,
    PartitionField,
    Receipt,
    RowDelete,
    RowInsert,
    Scd2Options,
    SortColumn,
    TableDiff,
    TableEvent,
    TableInfo,
    TableReceipt,
    TableSpec,
)

if TYPE_CHECKING:
    from hotload._core import (
        Database,
        Load,
        Result,
        Session,
        Workspace,
        close_idle_workspaces,
        open_workspace,
    )

__all__ = [
    "Column",
    "Database",
    "DatabaseDiff",
    "Error",
    "Load",
    "LoadKey",
    "PartitionField",
    "Receipt",
    "Result",
    "RowDelete",
    "RowInsert",
    "Scd2Options",
    "Session",
    "SortColumn",
    "TableDiff",
    "TableEvent",
    "TableInfo",
    "TableReceipt",
    "TableSpec",
    "Workspace",
    "close_idle_workspaces",
    "open_workspace",
]

_NATIVE = {
    "Database",
    "Load",
    "Result",
    "Session",
    "Workspace",
    "close_idle_workspaces",
    "open_workspace",
}


def __getattr__(name: str) -> Any:
    if name in _NATIVE:
        from hotload import _core

        return getattr(_core, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
