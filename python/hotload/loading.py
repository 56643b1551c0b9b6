# SPDX-License-Identifier: Apache-2.0
"""Database.load: one table, one call, one commit."""

import json
import os
import tempfile
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from hotload.arrow_types import Field, as_columns, stream_fields
from hotload.error import Error
from hotload.json_types import is_json, json_type
from hotload.optional import has_pyarrow, pyarrow
from hotload.values import Column, FileFormat, LoadKey, MergeStrategy, Receipt, TableSpec

if TYPE_CHECKING:
    import pyarrow as pa

    from hotload._core import ArrowStreamExporter, Database, Load

LoadMode = Literal["append", "replace", "delete-insert", "upsert", "insert-only"]

_JOB = "load"
_FORMATS: dict[str, FileFormat] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
}


def load(
    database: "Database",
    table: str,
    data: Any,
    *,
    mode: LoadMode = "append",
    key: str | Sequence[str] | None = None,
    schema: str = "main",
    load_id: str | None = None,
) -> Receipt:
    """Loads `data` into `table` and commits.

    `data` is a path to a Parquet, JSONL or CSV file, a list of dicts, or anything with
    `__arrow_c_stream__` (pyarrow, polars, pandas, duckdb). The table and its columns are created
    as needed; an empty text file names no columns, and is no rows of a table that is there. Merging
    modes need `key`. With a `load_id` of your own the load happens once, however
    often it is called; a repeated call returns the first receipt.
    """
    load = database.open_load(LoadKey(schema, "", load_id or uuid.uuid4().hex))
    if receipt := load.receipt:
        return receipt
    spec = _spec(table, mode, key)
    try:
        if isinstance(data, (str, os.PathLike)):
            live = database.columns(schema, table) or []
            _stage_file(load, spec, os.fspath(data), live)
        elif isinstance(data, list):
            _stage_rows(load, spec, data)
        else:
            _stage_stream(load, spec, data)
    except BaseException:
        load.abort()
        raise
    # not aborted when it fails: a commit that throws may have happened
    return load.commit()


def _spec(table: str, mode: LoadMode, key: str | Sequence[str] | None) -> TableSpec:
    keys = [key] if isinstance(key, str) else list(key or ())
    if mode in ("append", "replace"):
        if keys:
            raise Error(
                "invalid_argument",
                f"Mode {mode!r} of table {table!r} takes no key. Use mode='upsert' to merge.",
            )
        return TableSpec(table, disposition="replace" if mode == "replace" else "append")
    if mode not in get_args(MergeStrategy) or mode not in get_args(LoadMode):
        raise Error(
            "invalid_argument",
            f"Unknown mode {mode!r} for table {table!r}. Modes: {', '.join(get_args(LoadMode))}.",
        )
    if not keys:
        raise Error("invalid_argument", f"Mode {mode!r} of table {table!r} needs key=...")
    return TableSpec(
        table, disposition="merge", strategy=cast(MergeStrategy, mode), primary_key=keys
    )


def _stage_file(load: "Load", spec: TableSpec, path: str, live: list[Column]) -> None:
    format = _format(path)
    types = {column.name.lower(): column.type for column in live}
    for column in load.file_columns(path, format=format):
        # A text that looks like nothing else may be a value of any type: the table's counts.
        if format != "parquet" and column.type == "VARCHAR":
            column.type = types.get(column.name.lower(), column.type)
        spec.columns.append(column)
    load.declare([spec])
    load.stage_file(spec.name, _JOB, path, format=format)


def _format(path: str) -> FileFormat:
    plain = path.removesuffix(".gz")
    for ending, format in _FORMATS.items():
        if plain.endswith(ending):
            return format
    raise Error(
        "invalid_argument",
        f"Cannot tell the format of {path!r}: expected .parquet, .jsonl or .csv (or .gz of these).",
    )


class _Stream:
    """A stream whose columns have been looked at."""

    def __init__(self, capsule: object) -> None:
        self._capsule = capsule

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._capsule


def _stage_stream(load: "Load", spec: TableSpec, data: Any) -> None:
    if not hasattr(data, "__arrow_c_stream__"):
        raise Error(
            "invalid_argument",
            "Expected a path, a list of dicts, or an object with __arrow_c_stream__, got "
            f"{type(data).__name__}.",
        )
    capsule = data.__arrow_c_stream__()
    fields = stream_fields(capsule)
    if not fields:
        raise Error("invalid_argument", "The data has no columns.")
    spec.columns = as_columns(fields)
    stream: ArrowStreamExporter = _Stream(capsule)
    if any(_is_unread(field) for field in fields):
        stream = _readable(stream)
    load.declare([spec])
    load.stage_stream(spec.name, _JOB, stream)


def _is_unread(field: Field) -> bool:
    """Whether the engine does not read the type, though it has one for the values."""
    return field.format == "e" or (field.format.startswith("d:") and field.decimal[2] > 128)


def _readable(stream: "ArrowStreamExporter") -> "pa.RecordBatchReader":
    pa = pyarrow()
    reader = pa.RecordBatchReader.from_stream(stream)
    fields = []
    for field in reader.schema:
        kind = field.type
        if pa.types.is_float16(kind):
            kind = pa.float32()
        elif pa.types.is_decimal256(kind):
            kind = pa.decimal128(kind.precision, kind.scale)
        fields.append(field.with_type(kind))
    return reader.cast(pa.schema(fields))


def _stage_rows(load: "Load", spec: TableSpec, rows: list[dict[str, Any]]) -> None:
    # The first row's keys need not be those of all.
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: [row.get(name) for row in rows] for name in names}
    if not has_pyarrow() and all(is_json(values) for values in columns.values()):
        _stage_json(load, spec, rows, columns)
        return
    pa = pyarrow()
    arrays = {}
    for name, values in columns.items():
        try:
            arrays[name] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as problem:
            raise Error("invalid_argument", f"Column {name!r}: {problem}") from problem
    _stage_stream(load, spec, pa.table(arrays))


def _stage_json(
    load: "Load", spec: TableSpec, rows: list[dict[str, Any]], columns: dict[str, list[Any]]
) -> None:
    if not columns:
        raise Error("invalid_argument", "The data has no columns.")
    spec.columns = [Column(name, json_type(name, values)) for name, values in columns.items()]
    load.declare([spec])
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
        file.flush()
        load.stage_file(spec.name, _JOB, file.name, format="jsonl")
