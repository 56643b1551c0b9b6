# SPDX-License-Identifier: Apache-2.0
"""Arrow types as SQL types of the engine, read from the Arrow C data interface: that needs no
pyarrow."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from hotload.error import Error
from hotload.values import Column

_NULLABLE = 2  # ARROW_FLAG_NULLABLE

_PLAIN = {
    "n": "VARCHAR",
    "b": "BOOLEAN",
    "c": "TINYINT",
    "s": "SMALLINT",
    "i": "INTEGER",
    "l": "BIGINT",
    "C": "UTINYINT",
    "S": "USMALLINT",
    "I": "UINTEGER",
    "L": "UBIGINT",
    "e": "FLOAT",
    "f": "FLOAT",
    "g": "DOUBLE",
    "u": "VARCHAR",
    "U": "VARCHAR",
    "vu": "VARCHAR",
    "z": "BLOB",
    "Z": "BLOB",
    "vz": "BLOB",
    "tdD": "DATE",
    "tdm": "DATE",
    "tts": "TIME",
    "ttm": "TIME",
    "ttu": "TIME",
    "ttn": "TIME",
}
_TIMESTAMPS = {"s": "TIMESTAMP_S", "m": "TIMESTAMP_MS", "u": "TIMESTAMP", "n": "TIMESTAMP_NS"}
_LISTS = ("+l", "+L", "+w:", "+vl", "+vL")
_SPOKEN = {"+s": "struct<>", "+r": "run_end_encoded"}


class _CSchema(ctypes.Structure):
    pass


_CSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_void_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_CSchema))),
    ("dictionary", ctypes.POINTER(_CSchema)),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_CSchema))),
    ("private_data", ctypes.c_void_p),
]


class _CStream(ctypes.Structure):
    pass


_CStream._fields_ = [
    (
        "get_schema",
        ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_CStream), ctypes.POINTER(_CSchema)),
    ),
    ("get_next", ctypes.c_void_p),
    ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_CStream))),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


class HasSchema(Protocol):
    def __arrow_c_schema__(self) -> object: ...


@dataclass
class Field:
    """A column of Arrow data, or what is nested in one. `format` is the C data interface's."""

    name: str
    format: str
    nullable: bool
    children: list["Field"]
    dictionary: "Field | None"
    extension: str

    @property
    def decimal(self) -> tuple[int, int, int]:
        """Digits, digits behind the point, bits."""
        numbers = [int(part) for part in self.format[2:].split(",")]
        return numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else 128


def fields_of(schema: HasSchema) -> list[Field]:
    capsule = schema.__arrow_c_schema__()  # owns what it points at
    return _field(_pointer(capsule, b"arrow_schema", _CSchema)).children


def stream_fields(capsule: object) -> list[Field]:
    """Columns of the stream in an "arrow_array_stream" capsule, whose rows stay unread."""
    stream = _pointer(capsule, b"arrow_array_stream", _CStream)
    schema = _CSchema()
    if stream.get_schema(ctypes.byref(stream), ctypes.byref(schema)) != 0:
        reason = stream.get_last_error(ctypes.byref(stream)) or b"it has no schema"
        raise Error(
            "invalid_argument",
            f"the Arrow stream cannot be read: {reason.decode(errors='replace')}",
        )
    try:
        return _field(schema).children
    finally:
        schema.release(ctypes.byref(schema))


def columns_of(schema: HasSchema) -> list[Column]:
    return as_columns(fields_of(schema))


def as_columns(fields: list[Field]) -> list[Column]:
    return [Column(f.name, sql_type(f, f.name), f.nullable) for f in fields]


def sql_type(field: Field, column: str) -> str:
    """The type of a column that is to hold `field`. `column` is for the error message."""
    kind = field.format
    if field.dictionary:
        return sql_type(field.dictionary, column)
    if kind.startswith("ts"):
        return "TIMESTAMP WITH TIME ZONE" if len(kind) > 4 else _TIMESTAMPS[kind[2]]
    if kind.startswith("d:"):
        precision, scale, _ = field.decimal
        if precision <= 38 and scale >= 0:
            return f"DECIMAL({precision},{scale})"
    if kind.startswith("w:"):
        return "UUID" if field.extension == "arrow.uuid" else "BLOB"
    if kind == "+m":
        key, value = field.children[0].children
        return f"MAP({sql_type(key, column)}, {sql_type(value, column)})"
    if kind == "+s" and field.children:
        inner = (f"{quoted(f.name)} {sql_type(f, column)}" for f in field.children)
        return f"STRUCT({', '.join(inner)})"
    if kind.startswith(_LISTS):
        return sql_type(field.children[0], column) + "[]"
    if kind in _PLAIN:
        return _PLAIN[kind]
    spoken = _SPOKEN.get(kind, repr(kind))
    raise Error(
        "unsupported", f"Column {column!r} has the Arrow type {spoken}, which no table can hold."
    )


def _pointer(capsule: object, name: bytes, kind: Any) -> Any:
    """What the capsule points at, for as long as the capsule lives."""
    kind_of_get = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
    get = kind_of_get(("PyCapsule_GetPointer", ctypes.pythonapi))
    return ctypes.cast(get(capsule, name), ctypes.POINTER(kind)).contents


def _field(schema: Any) -> Field:
    return Field(
        name=(schema.name or b"").decode(),
        format=schema.format.decode(),
        nullable=bool(schema.flags & _NULLABLE),
        children=[_field(schema.children[i].contents) for i in range(schema.n_children)],
        dictionary=_field(schema.dictionary.contents) if schema.dictionary else None,
        extension=dict(_metadata(schema.metadata)).get("ARROW:extension:name", ""),
    )


def _metadata(address: int | None) -> Iterator[tuple[str, str]]:
    """Pairs of texts: their number, then each text's length and bytes."""
    if not address:
        return
    at = address

    def number() -> int:
        nonlocal at
        at += 4
        return ctypes.c_int32.from_address(at - 4).value

    def text() -> str:
        nonlocal at
        size = number()
        at += size
        return ctypes.string_at(at - size, size).decode(errors="replace")

    for _ in range(number()):
        yield text(), text()


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
