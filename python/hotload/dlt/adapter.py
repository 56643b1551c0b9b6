# SPDX-License-Identifier: Apache-2.0
"""How a resource's tables lie on disk, as hints of its columns: dlt normalizes those with the
columns' names. Pure: no lake, no I/O."""

from collections.abc import Sequence
from typing import Any

from dlt.common.schema.typing import TTableSchema
from dlt.common.schema.utils import get_columns_names_with_prop, is_complete_column
from dlt.destinations.utils import get_resource_for_adapter
from dlt.extract import DltResource

from hotload.values import PartitionField, SortColumn

PARTITION_HINT = "x-hotload-partition"
SORT_HINT = "x-hotload-sort"
_TRANSFORMS = ("identity", "year", "month", "day", "hour", "bucket")


def hotload_adapter(
    data: Any,
    partition: str | PartitionField | Sequence[str | PartitionField] = (),
    sort: str | SortColumn | Sequence[str | SortColumn] = (),
) -> DltResource:
    """Says how the table of `data` is laid out on disk, so that queries read less.

    Args:
        data: A resource, or anything that dlt makes one of.
        partition: Columns, or `PartitionField(transform, column)` with the transforms `year`,
            `month`, `day`, `hour`, and `bucket` with a number of `buckets`.
        sort: Columns, or `SortColumn(column, descending=True)`.

    Example:
        hotload_adapter(events, partition=[PartitionField("day", "at"), "region"], sort="user_id")
    """
    fields = [
        PartitionField("identity", f) if isinstance(f, str) else f for f in _as_list(partition)
    ]
    keys = [SortColumn(k) if isinstance(k, str) else k for k in _as_list(sort)]
    columns: dict[str, Any] = {}
    for position, field in enumerate(fields):
        _check(field)
        hint = {"position": position, "transform": field.transform, "buckets": field.buckets}
        column = columns.setdefault(field.column, {"name": field.column})
        column.setdefault(PARTITION_HINT, []).append(hint)
    for position, key in enumerate(keys):
        column = columns.setdefault(key.column, {"name": key.column})
        column[SORT_HINT] = {"position": position, "descending": key.descending}
    resource = get_resource_for_adapter(data)
    if columns:
        resource.apply_hints(columns=columns)
    return resource


def partition_of(table: TTableSchema) -> list[PartitionField]:
    """What the adapter asked for, else the columns that dlt's own hint names."""
    hinted = [
        (hint["position"], PartitionField(hint["transform"], name, hint["buckets"]))
        for name, hints in _hints(table, PARTITION_HINT)
        for hint in hints
    ]
    if hinted:
        return [field for _, field in sorted(hinted, key=lambda pair: pair[0])]
    named = get_columns_names_with_prop(table, "partition")
    return [PartitionField("identity", name) for name in named]


def sort_of(table: TTableSchema) -> list[SortColumn]:
    hinted = [
        (hint["position"], SortColumn(name, hint["descending"]))
        for name, hint in _hints(table, SORT_HINT)
    ]
    if hinted:
        return [column for _, column in sorted(hinted, key=lambda pair: pair[0])]
    named = get_columns_names_with_prop(table, "cluster")
    named += [n for n in get_columns_names_with_prop(table, "sort") if n not in named]
    return [SortColumn(name) for name in named]


def _hints(table: TTableSchema, name: str) -> list[tuple[str, Any]]:
    """Of columns that have a type: the others are not there yet."""
    columns: dict[str, Any] = dict(table["columns"])
    return [(c, columns[c][name]) for c in columns if _has(columns[c], name)]


def _has(column: Any, name: str) -> bool:
    return is_complete_column(column) and bool(column.get(name))


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, (str, PartitionField, SortColumn)):
        return [value]
    return list(value)


def _check(field: PartitionField) -> None:
    if field.transform not in _TRANSFORMS:
        raise ValueError(
            f"Unknown transform {field.transform!r} for partition column {field.column!r}."
            f" Transforms: {', '.join(_TRANSFORMS)}."
        )
    if (field.transform == "bucket") != (field.buckets > 0):
        raise ValueError(
            f"Partition column {field.column!r}: `buckets` goes with the transform 'bucket', and"
            " must be positive there."
        )
