# SPDX-License-Identifier: Apache-2.0
"""Database.load: one table, one call, one commit."""

import os
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from hotload.arrow_types import columns_of
from hotload.error import Error
from hotload.values import Column, LoadKey, MergeStrategy, Receipt, TableSpec

if TYPE_CHECKING:
    import pyarrow as pa

    from hotload._core import Database

LoadMode = Literal["append", "replace", "delete-insert", "upsert", "insert-only"]

_JOB = "load"


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
    as needed. Merging modes need `key`. With a `load_id` of your own the load happens once, however
    often it is called; a repeated call returns the first receipt.
    """
    load = database.open_load(LoadKey(schema, "", load_id or uuid.uuid4().hex))
    if receipt := load.receipt:
        return receipt
    try:
        path = _parquet_path(data)
        reader = None if path else _reader(data)
        arrow_schema = _parquet_schema(path) if reader is None else reader.schema
        load.declare([_spec(table, columns_of(arrow_schema), mode, key)])
        if reader is None:
            load.stage_file(table, _JOB, path)
        else:
            load.stage_stream(table, _JOB, reader)
    except BaseException:
        load.abort()
        raise
    # not aborted when it fails: a commit that throws may have happened
    return load.commit()


def _spec(
    table: str, columns: list[Column], mode: LoadMode, key: str | Sequence[str] | None
) -> TableSpec:
    keys = [key] if isinstance(key, str) else list(key or ())
    if mode in ("append", "replace"):
        if keys:
            raise Error(
                "invalid_argument",
                f"Mode {mode!r} of table {table!r} takes no key. Use mode='upsert' to merge.",
            )
        return TableSpec(table, columns, disposition="replace" if mode == "replace" else "append")
    if mode not in get_args(MergeStrategy) or mode not in get_args(LoadMode):
        raise Error(
            "invalid_argument",
            f"Unknown mode {mode!r} for table {table!r}. Modes: {', '.join(get_args(LoadMode))}.",
        )
    if not keys:
        raise Error("invalid_argument", f"Mode {mode!r} of table {table!r} needs key=...")
    return TableSpec(
        table, columns, disposition="merge", strategy=cast(MergeStrategy, mode), primary_key=keys
    )


def _parquet_path(data: Any) -> str:
    if not isinstance(data, (str, os.PathLike)):
        return ""
    path = os.fspath(data)
    return path if path.endswith((".parquet", ".pq")) else ""


def _parquet_schema(path: str) -> "pa.Schema":
    import pyarrow as pa
    import pyarrow.parquet

    try:
        return pyarrow.parquet.read_schema(path)
    except FileNotFoundError:
        raise Error("not_found", f"There is no file {path!r}.") from None
    except pa.ArrowInvalid as problem:
        raise Error("bad_file", f"{path!r} is no readable Parquet file: {problem}") from problem


def _reader(data: Any) -> "pa.RecordBatchReader":
    import pyarrow as pa

    if isinstance(data, (str, os.PathLike)):
        return _text_reader(os.fspath(data))
    if isinstance(data, list):
        # from_pylist() alone takes the first row's keys for all.
        names = list(dict.fromkeys(name for row in data for name in row))
        columns = {name: _array(name, [row.get(name) for row in data]) for name in names}
        return _readable(pa.table(columns).to_reader())
    if not hasattr(data, "__arrow_c_stream__"):
        raise Error(
            "invalid_argument",
            "Expected a path, a list of dicts, or an object with __arrow_c_stream__, got "
            f"{type(data).__name__}.",
        )
    return _readable(pa.RecordBatchReader.from_stream(data))


def _array(name: str, values: list[Any]) -> "pa.Array":
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as problem:
        raise Error("invalid_argument", f"Column {name!r}: {problem}") from problem


def _readable(reader: "pa.RecordBatchReader") -> "pa.RecordBatchReader":
    """The same rows, without the Arrow types that the engine does not read."""
    import pyarrow as pa

    if not reader.schema.names:
        raise Error("invalid_argument", "The data has no columns.")
    fields = []
    for field in reader.schema:
        kind = field.type
        if pa.types.is_float16(kind):
            kind = pa.float32()
        elif pa.types.is_decimal256(kind) and kind.precision <= 38:
            kind = pa.decimal128(kind.precision, kind.scale)
        fields.append(field.with_type(kind))
    wanted = pa.schema(fields)
    return reader if wanted.equals(reader.schema) else reader.cast(wanted)


def _text_reader(path: str) -> "pa.RecordBatchReader":
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.json

    plain = path.removesuffix(".gz")
    try:
        if plain.endswith(".csv"):
            return pyarrow.csv.open_csv(path)
        if plain.endswith((".jsonl", ".ndjson")):
            return pyarrow.json.read_json(path).to_reader()
    except FileNotFoundError:
        raise Error("not_found", f"There is no file {path!r}.") from None
    except pa.ArrowInvalid as problem:
        raise Error("bad_file", f"{path!r} cannot be read: {problem}") from problem
    raise Error(
        "invalid_argument",
        f"Cannot tell the format of {path!r}: expected .parquet, .jsonl or .csv (or .gz of these).",
    )
