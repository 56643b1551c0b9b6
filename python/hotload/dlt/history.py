# SPDX-License-Identifier: Apache-2.0
"""A pipeline's past: its dataset as an earlier load left it, a load taken back, and the changes of
a table as a resource."""

from collections.abc import Iterator
from typing import Any

import dlt
from dlt.common import logger
from dlt.common.libs.pyarrow import pyarrow as pa
from dlt.extract import DltResource

from hotload.destinations import hotload
from hotload.dlt.configuration import HotloadClientConfiguration, HotloadCredentials
from hotload.dlt.connection import Connection
from hotload.dlt.kept_id import kept_id
from hotload.error import Error
from hotload.values import Receipt


def configuration(pipeline: dlt.Pipeline) -> HotloadClientConfiguration:
    """How a pipeline reaches its lake. TypeError for one that loads into something else."""
    with pipeline.destination_client() as client:
        config = client.config
    if not isinstance(config, HotloadClientConfiguration):
        raise TypeError(
            f"Pipeline {pipeline.pipeline_name!r} loads into {config.destination_type}, whose past"
            " hotload cannot read."
        )
    # what is opened with it elsewhere is the same one, whatever others are called
    config.credentials.database = kept_id(config) or config.credentials.database
    return config


def same_destination(
    config: HotloadClientConfiguration, credentials: HotloadCredentials, **more: Any
) -> hotload:
    """A destination with the settings of `config`, elsewhere or with more of them."""
    return hotload(
        credentials,
        memory_limit_mb=config.memory_limit_mb,
        threads=config.threads,
        lock_timeout_ms=config.lock_timeout_ms,
        retention_seconds=config.retention_seconds,
        auto_maintenance=config.auto_maintenance,
        **more,
    )


def dataset(pipeline: dlt.Pipeline, *, as_of: str) -> dlt.Dataset:
    """The pipeline's dataset as it was: right after the load with that id, at a snapshot's number,
    or at an ISO 8601 time. Tables, columns and dlt's own schema are those of then. Read-only."""
    config = configuration(pipeline)
    past = dlt.dataset(
        same_destination(config, config.credentials, as_of=str(as_of)),
        pipeline.dataset_name,
    )
    # the schemas that the pipeline's state named then
    past._pipeline_name = pipeline.pipeline_name
    return past


# dlt puts the state of a run into one package, that of the default schema, when all is extracted:
# after the run's other packages were begun and before they were loaded.
_STATE_ELSEWHERE = """
SELECT mine.load_id, mine.schema_name,
  arg_min(other.load_id, state.created_at), arg_min(other.schema_name, state.created_at)
FROM _dlt_loads AS mine, _dlt_pipeline_state AS state
JOIN _dlt_loads AS other ON other.load_id = state._dlt_load_id
WHERE state.pipeline_name = $1 AND other.schema_name <> mine.schema_name
  AND state.created_at >= to_timestamp(TRY_CAST(mine.load_id AS DOUBLE))
  AND state.created_at <= mine.inserted_at
  AND mine.load_id NOT IN (SELECT _dlt_load_id FROM _dlt_pipeline_state)
GROUP BY ALL ORDER BY mine.load_id DESC
"""


def undo(pipeline: dlt.Pipeline, load_id: str, *, rows_only: bool = False) -> Receipt:
    """Takes a load of the pipeline back: tables are as before it, and so is what the pipeline
    remembers, here and in the lake, so that its next run brings those rows again. Where the load
    holds what a run over several schemas remembers, the run's other loads are taken back too,
    each in a commit of its own before it: when that was broken off, call this again.

    Args:
        pipeline: The pipeline whose load it is.
        load_id: Of the load.
        rows_only: Also where what the pipeline remembers of the rows lies in the package of another
            schema: it goes on remembering them, and its next run does not bring them again.

    Raises: hotload.Error "failed_precondition" where a later load touched the same rows or moved
        the pipeline's state on: undo that one first; and where the state lies in another package.

    Example:
        info = pipeline.run(orders())
        hotload.dlt.undo(pipeline, info.loads_ids[0])
    """
    connection = Connection(configuration(pipeline), pipeline.dataset_name)
    try:
        elsewhere = _state_elsewhere(connection, pipeline)
        if not rows_only:
            _refuse_state_elsewhere(elsewhere, load_id)
        for other, _, holder, _ in elsewhere:
            if holder == load_id:
                logger.info(f"Load {other} of the same run is taken back with {load_id}")
                connection.database.undo(other)
        receipt = connection.database.undo(load_id)
    finally:
        connection.close()
    pipeline.sync_destination()
    return receipt


def _state_elsewhere(connection: Connection, pipeline: dlt.Pipeline) -> list[tuple[Any, ...]]:
    """Loads, newest first, of whose rows another load of their run says what is remembered: their
    ids and schemas, then the other's id and schema."""
    if connection.database.columns(pipeline.dataset_name, "_dlt_pipeline_state") is None:
        return []
    found = connection.session.query(_STATE_ELSEWHERE, [pipeline.pipeline_name]).fetchall()
    # another pipeline may load into the dataset meanwhile
    return [row for row in found if row[1] in pipeline.schema_names]


def _refuse_state_elsewhere(elsewhere: list[tuple[Any, ...]], load_id: str) -> None:
    for mine, schema, other, other_schema in elsewhere:
        if mine != load_id:
            continue
        raise Error(
            "failed_precondition",
            f"load {load_id} cannot be undone: it is of schema {schema!r}, and what the pipeline"
            f" remembers of its rows lies in load {other} of schema {other_schema!r}; nothing was"
            " changed. Undo that one, which takes this back too, or pass rows_only=True and the"
            " next run does not bring the rows again",
        )


def changes(pipeline: dlt.Pipeline, table: str, *, name: str | None = None) -> DltResource:
    """A resource of the rows of a table that changed since the resource was last loaded, as Arrow:
    `_change` ("insert", "update_before", "update_after", "delete"), `_snapshot`, `_load_id`, then
    the table's columns. The first run gives all rows, each an insert. Where the table was dropped
    and made again, the old one's rows come as deletes.

    Args:
        pipeline: The pipeline whose dataset holds the table.
        table: The table's name there.
        name: Of the resource, and of the table that it fills. Default: `<table>_changes`.

    Example:
        audit.run(hotload.dlt.changes(shop, "orders"))
    """

    @dlt.resource(name=name or f"{table}_changes", write_disposition="append")
    def changed_rows() -> Iterator[Any]:
        state = dlt.current.resource_state()
        connection = Connection(configuration(pipeline), pipeline.dataset_name)
        try:
            loads = connection.database.history(1)
            if not loads:
                return
            span = (state.get("snapshot", ""), str(loads[0].snapshot))
            yield from _changes_within(connection, pipeline.dataset_name, table, *span)
            state["snapshot"] = span[1]
        finally:
            connection.close()

    return changed_rows


def _changes_within(
    connection: Connection, dataset_name: str, table: str, since: str, until: str
) -> Iterator[Any]:
    database = connection.database
    lost = since and [
        event
        for event in database.table_events(since, until)
        if event.table == table
        and event.schema == dataset_name
        and event.kind in ("dropped", "replaced")
    ]
    if not lost:
        with database.changes(dataset_name, table, since=since, until=until) as rows:
            yield from (pa.Table.from_batches([batch]) for batch in rows.reader())
        return
    logger.warning(f"Table {table} was {lost[-1].kind} by load {lost[-1].load_id}")
    with database.diff_rows(dataset_name, table, since, until) as rows:
        for batch in rows.reader():
            found = pa.Table.from_batches([batch])
            snapshot = pa.array([int(until)] * len(found), pa.int64())
            load_id = pa.array([lost[-1].load_id or None] * len(found), pa.string())
            found = found.add_column(1, "_snapshot", snapshot)
            yield found.add_column(2, "_load_id", load_id)
