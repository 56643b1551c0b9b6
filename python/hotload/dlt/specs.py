# SPDX-License-Identifier: Apache-2.0
"""A prepared table of dlt as a table of a load. Pure: no lake, no I/O."""

import datetime
from collections.abc import Iterable
from typing import Any, cast

from dlt.common.destination.capabilities import DataTypeMapper, DestinationCapabilitiesContext
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.destination.utils import resolve_merge_strategy
from dlt.common.schema import Schema
from dlt.common.schema.typing import TTableSchema
from dlt.common.schema.utils import (
    get_columns_names_with_prop,
    get_dedup_sort_tuple,
    get_first_column_name_with_prop,
    get_nested_tables,
    get_root_table,
    get_validity_column_names,
    has_table_seen_data,
    is_complete_column,
    is_nested_table,
)
from dlt.common.time import ensure_pendulum_datetime

from hotload.dlt.adapter import partition_of, sort_of
from hotload.values import Column, Disposition, Scd2Options, SortColumn, TableSpec


def columns_of(table: TTableSchema, mapper: DataTypeMapper) -> list[Column]:
    """Columns without a type yet are not created."""
    prepared = cast(PreparedTableSchema, table)
    return [
        Column(name, mapper.to_destination_type(column, prepared), column.get("nullable", True))
        for name, column in table["columns"].items()
        if is_complete_column(column)
    ]


def table_spec(
    schema: Schema,
    table: TTableSchema,
    caps: DestinationCapabilitiesContext,
    created_at: datetime.datetime | None,
) -> TableSpec:
    """`created_at` of the package bounds the versions of slowly changing tables."""
    spec = TableSpec(
        name=table["name"],
        columns=columns_of(table, caps.get_type_mapper()),
        disposition=_disposition(table),
        partition=partition_of(table),
        sort=sort_of(table),
        row_key=_row_key(table),
    )
    if is_nested_table(table):
        spec.parent = table["parent"]
        spec.parent_key = _first(table, "parent_key")
        spec.root_key = _first(table, "root_key")
    if spec.disposition == "merge":
        _add_merge_hints(spec, schema, table, caps, created_at)
    return spec


def chain_names(schema: Schema, tables_with_jobs: Iterable[str]) -> list[str]:
    """The tables that a load of these concerns, parents before children. Where rows are replaced
    or merged, nested tables without rows of their own take part too."""
    with_jobs = set(tables_with_jobs)
    names: list[str] = []
    for root in sorted({get_root_table(schema.tables, name)["name"] for name in with_jobs}):
        root_table = schema.tables[root]
        whole = root_table.get("write_disposition") in ("replace", "merge")
        for table in get_nested_tables(schema.tables, root):
            name = table["name"]
            if name in with_jobs or name == root or (whole and has_table_seen_data(table)):
                names.append(name)
    # an appended nested table names its parent: every table between it and the root is needed
    known = set(names)
    for name in list(names):
        while parent := schema.tables[name].get("parent"):
            if parent not in known:
                known.add(parent)
                names.append(parent)
            name = parent
    return names


def _add_merge_hints(
    spec: TableSpec,
    schema: Schema,
    table: TTableSchema,
    caps: DestinationCapabilitiesContext,
    created_at: datetime.datetime | None,
) -> None:
    hints: Any = table
    spec.strategy = resolve_merge_strategy(schema.tables, table, caps)
    if spec.parent:
        return
    spec.primary_key = get_columns_names_with_prop(table, "primary_key")
    spec.hard_delete = _first(table, "hard_delete")
    spec.deduplicated = bool(hints.get("x-stage-data-deduplicated", False))
    if dedup_sort := get_dedup_sort_tuple(table):
        spec.dedup_sort = [SortColumn(dedup_sort[0], dedup_sort[1] == "desc")]
    if spec.strategy in ("delete-insert", "scd2", "cdc"):
        spec.destination_scope = hints.get("x-merge-destination-scope") or ""
        spec.merge_key = get_columns_names_with_prop(table, "merge_key")
    if spec.strategy != "insert-only":
        spec.source_filter = hints.get("x-merge-source-filter") or ""
    if spec.strategy in ("upsert", "cdc"):
        spec.skip_unchanged = bool(hints.get("x-merge-skip-unchanged-rows", False))
        if version := _first(table, "x-row-version"):
            spec.scd2 = Scd2Options(row_version=version)  # it alone says whether a row has changed
        # dlt updates the columns that it knows: those of another pipeline or of a person stay
        spec.keep_undeclared = True
    if spec.strategy == "scd2":
        spec.scd2 = _scd2(table, created_at)
        # nested rows lead to the version of the row that they came with
        spec.row_key = _first(table, "row_key") or spec.scd2.row_version


def _scd2(table: TTableSchema, created_at: datetime.datetime | None) -> Scd2Options:
    hints: Any = table
    valid_from, valid_to = get_validity_column_names(table)
    boundary = hints.get("x-boundary-timestamp")
    marker = None
    if marked := _first(table, "x-active-record-timestamp"):
        marker = table["columns"][marked].get("x-active-record-timestamp")
    return Scd2Options(
        valid_from=valid_from,
        valid_to=valid_to,
        row_version=_first(table, "x-row-version"),
        boundary=_utc(boundary if boundary is not None else created_at),
        active_marker=_utc(marker),
    )


def _disposition(table: TTableSchema) -> Disposition:
    disposition = table.get("write_disposition")
    return "append" if disposition == "skip" else disposition or "append"


def _row_key(table: TTableSchema) -> str:
    if key := _first(table, "row_key") or _first(table, "unique"):
        return key
    primary_key = get_columns_names_with_prop(table, "primary_key")
    return primary_key[0] if len(primary_key) == 1 else ""


def _first(table: TTableSchema, prop: str) -> str:
    return get_first_column_name_with_prop(table, prop) or ""


def _utc(value: Any) -> str:
    if value is None:
        return ""
    moment: datetime.datetime = value
    if not isinstance(value, datetime.datetime):
        moment = ensure_pendulum_datetime(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
