# SPDX-License-Identifier: Apache-2.0
"""Tables and queries of a server of the Hotdata API as resources of dlt, as
`hotdata_dlt_destination.sources` has them: full reads, as Arrow batches."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import dlt
from dlt.common.configuration import with_config
from dlt.common.configuration.specs import known_sections
from dlt.extract import DltResource

import hotload
from hotload.dlt.hotdata import DEFAULT_URL, HotdataCredentials

DEFAULT_BATCH_ROWS = 65_536

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@with_config(sections=(known_sections.SOURCES, "hotdata"))
def hotdata_table(
    table: str,
    *,
    schema: str = "public",
    included_columns: Sequence[str] | None = None,
    limit: int | None = None,
    database_id: str = dlt.config.value,
    workspace_id: str = dlt.config.value,
    credentials: HotdataCredentials = dlt.secrets.value,
    api_base_url: str = DEFAULT_URL,
    max_retries: int = 8,
    retry_backoff_seconds: float = 1.5,
    batch_rows: int = DEFAULT_BATCH_ROWS,
    name: str | None = None,
    **resource_hints: Any,
) -> DltResource:
    """A table; what is not given is read from `[sources.hotdata]`. `included_columns` are those
    that are read, `resource_hints` go to `dlt.resource`."""
    if isinstance(included_columns, str):
        raise ValueError(f"included_columns is a list of names, got {included_columns!r}")
    names = {"schema": [schema], "table": [table], "included_columns": included_columns or ()}
    for field, given in names.items():
        _check_names(field, given)
    columns = ", ".join(included_columns or ("*",))
    tail = "" if limit is None else f" LIMIT {int(limit)}"
    rows: DltResource = hotdata_query(
        f"SELECT {columns} FROM {schema}.{table}{tail}",
        name=name or table,
        database_id=database_id,
        workspace_id=workspace_id,
        credentials=credentials,
        api_base_url=api_base_url,
        max_retries=max_retries,
        retry_backoff_seconds=retry_backoff_seconds,
        batch_rows=batch_rows,
        **resource_hints,
    )
    return rows


@with_config(sections=(known_sections.SOURCES, "hotdata"))
def hotdata_query(
    query: str,
    *,
    name: str,
    database_id: str = dlt.config.value,
    workspace_id: str = dlt.config.value,
    credentials: HotdataCredentials = dlt.secrets.value,
    api_base_url: str = DEFAULT_URL,
    max_retries: int = 8,
    retry_backoff_seconds: float = 1.5,
    batch_rows: int = DEFAULT_BATCH_ROWS,
    **resource_hints: Any,
) -> DltResource:
    """The rows of a statement, which is run as it is."""
    rows: DltResource = dlt.resource(_batches, name=name, **resource_hints)(
        sql=query,
        database_id=database_id,
        workspace_id=workspace_id,
        api_key=_key_of(credentials),
        api_base_url=api_base_url,
        max_retries=max_retries,
        retry_backoff_seconds=retry_backoff_seconds,
        batch_rows=batch_rows,
    )
    return rows


def _batches(
    *,
    sql: str,
    database_id: str,
    workspace_id: str,
    api_key: str,
    api_base_url: str,
    max_retries: int,
    retry_backoff_seconds: float,
    batch_rows: int,
) -> Iterator[Any]:
    """The connection is there while somebody reads, and no longer."""
    with (
        hotload.open_workspace(
            api_base_url,
            api_key=api_key,
            workspace_id=workspace_id,
            max_attempts=max_retries,
            first_wait_ms=round(retry_backoff_seconds * 1000),
            ask_environment=False,
        ) as workspace,
        closing(workspace.open_database(database_id)) as database,
    ):
        is_empty = True
        reader = database.query(sql).reader()
        for batch in reader:
            for begin in range(0, batch.num_rows, batch_rows):
                is_empty = False
                yield batch.slice(begin, batch_rows)
        if is_empty:
            yield reader.schema.empty_table()  # its columns are there all the same


def _check_names(field: str, names: Sequence[str]) -> None:
    for name in names:
        if not _PLAIN_NAME.fullmatch(name or ""):
            raise ValueError(
                f"{field}: {name!r} is no plain name, and becomes a part of the statement; what"
                " has such names is read by hotdata_query()"
            )


def _key_of(credentials: HotdataCredentials | dict[str, Any] | str | None) -> str:
    key: Any = credentials
    if isinstance(credentials, dict):
        key = credentials.get("api_key")
    elif isinstance(credentials, HotdataCredentials):
        key = credentials.api_key
    if not key:
        raise ValueError(
            "The source needs a key: pass credentials={'api_key': ...} or set"
            " SOURCES__HOTDATA__CREDENTIALS__API_KEY."
        )
    return str(key)
