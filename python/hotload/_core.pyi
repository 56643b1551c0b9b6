# SPDX-License-Identifier: Apache-2.0
import os
from collections.abc import Sequence
from typing import Any, Literal, Protocol, overload

import pandas
import pyarrow

from hotload.error import Error
from hotload.values import (
    Column,
    DatabaseDiff,
    FileFormat,
    LoadKey,
    MaintenanceReport,
    PendingLoad,
    Receipt,
    RowDelete,
    RowInsert,
    ScrubReport,
    StagedFile,
    TableEvent,
    TableInfo,
    TableSpec,
)

class ArrowStreamExporter(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class Result:
    """Rows of one query. Read once; use .arrow() to keep them."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...
    def reader(self) -> pyarrow.RecordBatchReader:
        """Rows batch by batch, in bounded memory."""

    def arrow(self) -> pyarrow.Table: ...
    def df(self) -> pandas.DataFrame: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def close(self) -> None:
        """Lets go of rows that are not wanted any more."""

    def __enter__(self) -> Result: ...
    def __exit__(self, *exc: object) -> None: ...

class Session:
    """A connection for SQL. One thread at a time, except interrupt()."""

    def query(self, sql: str, parameters: Sequence[Any] | None = None) -> Result:
        """Runs one or more statements and returns the rows of the last. Values are bound to $1,
        $2, ...; what is not None, bool, int, float, str or bytes is bound as its text."""

    @property
    def rows_changed(self) -> int:
        """By the last statement; -1 when it was a query."""

    @property
    def in_transaction(self) -> bool: ...
    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def interrupt(self) -> None:
        """Ends the running statement with code "canceled". From any thread."""

    def close(self) -> None: ...
    def __enter__(self) -> Session: ...
    def __exit__(self, *exc: object) -> None: ...

class Load:
    """One load: files staged under job ids, then one atomic commit. Any number of threads may
    stage at once. What is staged or intended survives the process: opening the load again under
    the same key continues it."""

    @property
    def key(self) -> LoadKey: ...
    @property
    def receipt(self) -> Receipt | None:
        """The receipt when this load is committed already."""

    def declare(self, specs: Sequence[TableSpec]) -> None: ...
    def publish_schema(self, rows: Sequence[RowInsert] = ()) -> bool:
        """Creates declared tables and new columns now, with `rows`. False when drops are pending:
        then all of it waits for the commit."""

    def drop_tables(self, tables: Sequence[str]) -> None: ...
    def truncate_tables(self, tables: Sequence[str]) -> None: ...
    def delete_rows(self, deletes: Sequence[RowDelete]) -> None: ...
    def insert_rows(self, rows: Sequence[RowInsert]) -> None: ...
    def run_sql(self, job_id: str, sql: str) -> None:
        """The statements run within the commit, after all rows; plain names are of the load's
        schema. The same job again keeps one."""

    def stage_file(
        self,
        table: str,
        job_id: str,
        path: str | os.PathLike[str],
        *,
        format: FileFormat = "parquet",
        immutable: bool = False,
        orjson_times: bool = False,
        csv_delimiter: str = ",",
        csv_header: bool = True,
    ) -> StagedFile: ...
    def file_columns(
        self, path: str | os.PathLike[str], *, format: FileFormat = "parquet"
    ) -> list[Column]:
        """The columns that a table would get which is made of this file; none of an empty text."""

    def stage_stream(self, table: str, job_id: str, data: ArrowStreamExporter) -> StagedFile: ...
    def staged(self) -> list[StagedFile]: ...
    def commit(self) -> Receipt:
        """Publishes everything in one transaction. A commit that throws "unavailable", "io" or
        "internal" may have happened: commit again, which returns the receipt if so."""

    def abort(self) -> None: ...
    def close(self) -> None: ...

class Database:
    """One managed database. Thread-safe."""

    @property
    def name(self) -> str: ...
    @property
    def id(self) -> str:
        """On a server the database's id there, in a folder its name."""

    def list_schemas(self) -> list[str]: ...
    def create_schema(self, schema: str) -> None: ...
    def drop_schema(self, schema: str) -> None: ...
    def has_schema(self, schema: str) -> bool: ...
    def list_tables(self, schema: str) -> list[TableInfo]: ...
    def columns(self, schema: str, table: str) -> list[Column] | None:
        """None when there is no such table."""

    def open_load(self, key: LoadKey) -> Load: ...
    def pending_loads(self) -> list[PendingLoad]: ...
    def history(self, limit: int = 0) -> list[Receipt]:
        """Committed loads, newest first; 0 means all."""

    def table_events(self, since: str = "", until: str = "") -> list[TableEvent]:
        """What happened to tables, oldest first. `since` and `until` here and below: load ids,
        numbers of snapshots or ISO 8601 times; `until` is now unless given."""

    def changes(self, schema: str, table: str, *, since: str = "", until: str = "") -> Result:
        """Rows that changed after `since`, load by load: `_change` ("insert", "update_before" and
        "update_after" one after the other, "delete"), `_snapshot`, `_load_id`, then the table's
        columns. Without `since` all rows, each an insert."""

    def diff(self, since: str, until: str = "") -> DatabaseDiff:
        """The net change of all tables."""

    def diff_rows(self, schema: str, table: str, since: str, until: str = "") -> Result:
        """The net change of one table: `_change`, then the table's columns."""

    def undo(self, load_id: str) -> Receipt:
        """Takes a load back in a commit of its own, "undo:" + load_id. Rows that later loads wrote
        stay; "failed_precondition" says which load touched the same rows. A pipeline of dlt is
        back where it was before the load."""

    def open_session(
        self, *, schema: str = "", read_only: bool = False, as_of: str = ""
    ) -> Session:
        """With `as_of` every table is read as it was: a load id (right after that load), the
        number of a snapshot, or an ISO 8601 time."""

    def query(self, sql: str, *, as_of: str = "") -> Result: ...
    @overload
    def load(
        self,
        table: str,
        data: ArrowStreamExporter | str | os.PathLike[str] | list[dict[str, Any]],
        *,
        mode: Literal["append", "replace"] = "append",
        schema: str = "main",
        load_id: str | None = None,
    ) -> Receipt: ...
    @overload
    def load(
        self,
        table: str,
        data: ArrowStreamExporter | str | os.PathLike[str] | list[dict[str, Any]],
        *,
        mode: Literal["delete-insert", "upsert", "insert-only"],
        key: str | Sequence[str],
        schema: str = "main",
        load_id: str | None = None,
    ) -> Receipt: ...
    def scrub(self) -> ScrubReport:
        """Checks that what the catalog says is what lies on disk. Reads every file."""

    def maintain(
        self,
        *,
        compact: bool = True,
        sweep: bool = True,
        dry_run: bool = False,
        retention_seconds: int | None = None,
        grace_seconds: int = 3600,
    ) -> MaintenanceReport: ...
    def close(self) -> None: ...

class Workspace:
    """A place that holds databases. Thread-safe."""

    @property
    def location(self) -> str: ...
    def list_databases(self) -> list[str]: ...
    def has_database(self, name: str) -> bool: ...
    def create_database(self, name: str) -> Database: ...
    def open_database(self, name: str) -> Database: ...
    def open_or_create_database(self, name: str) -> Database: ...
    def fork_database(self, source: str, target: str) -> Database:
        """A new database with the same tables and history; no data file is rewritten."""

    def publish_database(self, fork: str) -> list[Receipt]:
        """Brings what a fork changed into the database that it was made from, in one commit there;
        a receipt for each schema. "failed_precondition" says what has changed there since."""

    def drop_database(self, name: str) -> None: ...
    def close(self) -> None: ...
    def __enter__(self) -> Workspace: ...
    def __exit__(self, *exc: object) -> None: ...

def fetch_object(
    url: str,
    path: str | os.PathLike[str],
    *,
    endpoint: str = "",
    region: str = "us-east-1",
    access_key: str = "",
    secret_key: str = "",
    session_token: str = "",
    path_style: bool = False,
) -> None:
    """Writes the object `s3://bucket/key` to a local file, without the GIL. An empty endpoint is
    Amazon's; without an access key the request is not signed."""

def open_workspace(
    location: str | os.PathLike[str],
    *,
    memory_limit_bytes: int | None = None,
    threads: int | None = None,
    create: bool = True,
    lock_timeout_ms: int = 60_000,
    retention_seconds: int | None = None,
    auto_maintenance: bool = True,
    adopt_from_bytes: int = 65536,
    api_key: str = "",
    workspace_id: str = "",
    connect_timeout_ms: int = 10_000,
    answer_timeout_ms: int = 900_000,
    max_attempts: int = 8,
    first_wait_ms: int = 250,
    wait_budget_ms: int = 600_000,
    parallel: int = 4,
    ask_environment: bool = True,
) -> Workspace:
    """Opens a folder, or a server ("https://host:port"). Workspaces of one folder share one engine
    in the process. A folder that another process holds is read through that one, and loaded too
    when it is `hotload serve`; else what writes raises "locked", which names it. New rows of a
    table that are fewer bytes than `adopt_from_bytes` are inserted, not adopted. What follows it
    concerns servers: the key (default: HOTLOAD_API_KEY) and the workspace's id
    (HOTLOAD_WORKSPACE_ID, or the key's one workspace); how long to wait for a connection, and for
    anything of an answer; attempts of calls that may be sent again, the first wait between them,
    which doubles, and how long a call may take with its attempts and waits; tables of a load that
    plain Hotdata takes at once; and whether the variables are looked at."""

def error_of_stream(text: str) -> Error:
    """What broke an Arrow stream, from what its consumer reports of it."""

def close_idle_workspaces() -> None:
    """Closes, now rather than two seconds after their last use, the folders that no workspace of
    this process uses: to move or copy one, or to leave it to other processes."""
