# SPDX-License-Identifier: Apache-2.0
"""A dataset of another destination, with all that dlt knows of it, as one load into a lake."""

import tempfile
from itertools import chain
from typing import TYPE_CHECKING, Any

import dlt
from dlt.common.destination import TDestinationReferenceArg
from dlt.common.libs.pyarrow import pyarrow as pa
from dlt.common.schema import Schema
from dlt.common.utils import uniq_id
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.sql_client import SqlClientBase

from hotload.arrow_types import columns_of
from hotload.dlt.client import HotloadClient
from hotload.dlt.specs import table_spec
from hotload.error import Error
from hotload.values import LoadKey, Receipt, TableSpec

if TYPE_CHECKING:
    from hotload import Load

_CHUNK_ROWS = 100_000


def take_over(
    pipeline: dlt.Pipeline,
    source: TDestinationReferenceArg,
    *,
    dataset_name: str | None = None,
) -> Receipt:
    """Loads what the pipeline's dataset holds at `source`, once: tables, dlt's own tables, state.
    The next run of the pipeline goes on where it was there. `source` is not changed.

    Args:
        pipeline: A pipeline into hotload, of the name that it had at `source`.
        source: dlt's destination that holds the dataset: "duckdb", `filesystem("bucket")`,
            `ducklake(...)`, or any other whose SQL client gives Arrow. The first three read
            through the Python package duckdb.
        dataset_name: The dataset's name there, where it is not that of the pipeline.

    Returns: What the load did. A second call returns the same and does nothing.

    Raises: hotload.Error "not_found" where `source` has no such pipeline or dataset,
        "already_exists" where the pipeline's dataset in the lake has been loaded otherwise.

    Example:
        pipeline = dlt.pipeline("events", destination="hotload", dataset_name="raw")
        take_over(pipeline, dlt.destinations.duckdb("events.duckdb"))
    """
    there = dataset_name or pipeline.dataset_name
    try:
        with tempfile.TemporaryDirectory(prefix="hotload-") as folder:
            before = dlt.pipeline(
                pipeline.pipeline_name,
                destination=source,
                dataset_name=there,
                pipelines_dir=folder,
            )
            before.sync_destination()
            if not before.state.get("schema_names"):
                raise Error(
                    "not_found",
                    f"There is no pipeline {pipeline.pipeline_name!r} in dataset {there!r} of"
                    f" {before.destination.destination_description}.",
                )
            pipeline.activate()
            receipt = _load(pipeline, before)
    finally:
        pipeline.activate()
    pipeline.sync_destination()
    return receipt


def _load(pipeline: dlt.Pipeline, before: dlt.Pipeline) -> Receipt:
    if len(before.schema_names) > 1 and not before.config.use_single_dataset:
        raise Error("unsupported", "Schemas with datasets of their own cannot be taken over.")
    with pipeline._get_destination_clients(before.default_schema)[0] as client:
        if not isinstance(client, HotloadClient):
            raise Error(
                "invalid_argument",
                f"Pipeline {pipeline.pipeline_name!r} loads into"
                f" {client.config.destination_type}, not into hotload.",
            )
        dataset = client.sql_client.dataset_name
        database = client.sql_client.connection.database
        key = LoadKey(dataset, before.default_schema_name, f"take-over-{pipeline.pipeline_name}")
        load = database.open_load(key)
        try:
            if receipt := load.receipt:
                return receipt
            # What an earlier try has staged is of another moment than what is read now.
            load.abort()
            if database.columns(dataset, before.default_schema.loads_table_name) is not None:
                raise Error(
                    "already_exists",
                    f"Dataset {dataset!r} has been loaded into already. Take over into a dataset of"
                    " another name.",
                )
            client.initialize_storage()
            with before.sql_client() as rows:
                for table, schema in _tables(before).items():
                    _stage(
                        load,
                        rows,
                        table_spec(schema, schema.tables[table], client.capabilities, None),
                    )
            return load.commit()
        finally:
            load.close()


def _tables(before: dlt.Pipeline) -> dict[str, Schema]:
    """All tables that hold rows, and the schema that names each."""
    schemas = [before.schemas[name] for name in before.schema_names]
    return {
        name: schema
        for schema in schemas
        for name in [*schema.data_table_names(seen_data_only=True), *schema.dlt_table_names()]
    }


def _stage(load: "Load", client: SqlClientBase[Any], spec: TableSpec) -> None:
    """A table's rows as they are: nothing is merged. Columns that dlt does not know come along."""
    spec.disposition, spec.parent = "append", ""
    try:
        name = client.make_qualified_table_name(spec.name)
        with client.execute_query(f"SELECT * FROM {name}") as cursor:
            chunks = cursor.iter_arrow(chunk_size=_CHUNK_ROWS)
            first = next(chunks, None)
            if first is None:
                load.declare([spec])
                return
            known = {column.name for column in spec.columns}
            spec.columns += [c for c in columns_of(first.schema) if c.name not in known]
            load.declare([spec])
            tables = (_with_row_keys(chunk, spec.row_key) for chunk in chain([first], chunks))
            batches = (batch for table in tables for batch in table.to_batches())
            reader = pa.RecordBatchReader.from_batches(first.schema, batches)
            load.stage_stream(spec.name, "take-over", reader)
    except DatabaseUndefinedRelation:
        load.declare([spec])


def _with_row_keys(rows: "pa.Table", key: str) -> "pa.Table":
    """A folder holds the pipeline's state without keys of its rows."""
    place = rows.schema.get_field_index(key)
    if place < 0 or rows.column(place).null_count < rows.num_rows:
        return rows
    keys = pa.array([uniq_id() for _ in range(rows.num_rows)], rows.schema.field(place).type)
    return rows.set_column(place, rows.schema.field(place), keys)
