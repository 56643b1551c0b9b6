# SPDX-License-Identifier: Apache-2.0
"""Arrow types as SQL types of the engine."""

from typing import TYPE_CHECKING

from hotload.error import Error
from hotload.values import Column

if TYPE_CHECKING:
    import pyarrow as pa

_PLAIN = {
    "null": "VARCHAR",
    "bool": "BOOLEAN",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "uint8": "UTINYINT",
    "uint16": "USMALLINT",
    "uint32": "UINTEGER",
    "uint64": "UBIGINT",
    "halffloat": "FLOAT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "large_string": "VARCHAR",
    "string_view": "VARCHAR",
    "binary": "BLOB",
    "large_binary": "BLOB",
    "binary_view": "BLOB",
    "date32[day]": "DATE",
    "date64[ms]": "DATE",
}
_TIMESTAMPS = {"s": "TIMESTAMP_S", "ms": "TIMESTAMP_MS", "us": "TIMESTAMP", "ns": "TIMESTAMP_NS"}


def sql_type(kind: "pa.DataType", column: str) -> str:
    """The type of a column that is to hold `kind`. `column` is for the error message."""
    import pyarrow.types as types

    if types.is_dictionary(kind):
        return sql_type(kind.value_type, column)
    if types.is_timestamp(kind):
        return "TIMESTAMP WITH TIME ZONE" if kind.tz else _TIMESTAMPS[kind.unit]
    if types.is_time(kind):
        return "TIME"
    if types.is_decimal(kind) and kind.precision <= 38 and kind.scale >= 0:
        return f"DECIMAL({kind.precision},{kind.scale})"
    if types.is_fixed_size_binary(kind):
        return "BLOB"
    if types.is_map(kind):
        return f"MAP({sql_type(kind.key_type, column)}, {sql_type(kind.item_type, column)})"
    if types.is_struct(kind) and kind.num_fields > 0:
        fields = (f"{_quoted(f.name)} {sql_type(f.type, column)}" for f in kind)
        return f"STRUCT({', '.join(fields)})"
    if hasattr(kind, "value_type") and not types.is_run_end_encoded(kind):
        return sql_type(kind.value_type, column) + "[]"
    if str(kind) == "extension<arrow.uuid>":
        return "UUID"
    if hasattr(kind, "storage_type"):
        return sql_type(kind.storage_type, column)
    if str(kind) in _PLAIN:
        return _PLAIN[str(kind)]
    raise Error("unsupported", f"Column {column!r} has Arrow type {kind}, which no table can hold.")


def columns_of(schema: "pa.Schema") -> list[Column]:
    return [Column(f.name, sql_type(f.type, f.name), f.nullable) for f in schema]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
