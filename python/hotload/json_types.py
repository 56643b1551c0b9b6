# SPDX-License-Identifier: Apache-2.0
"""SQL types of what JSON can say: None, bool, int, float, str, and lists and dicts of these."""

from typing import Any

from hotload.arrow_types import quoted
from hotload.error import Error

_PLAIN = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "VARCHAR"}


def is_json(value: Any) -> bool:
    if isinstance(value, list):
        return all(is_json(item) for item in value)
    if isinstance(value, dict):
        return all(type(name) is str and is_json(item) for name, item in value.items())
    return value is None or type(value) in _PLAIN


def json_type(name: str, values: list[Any]) -> str:
    """The type of the column `name` that is to hold `values`, for which is_json() is true."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return "VARCHAR"
    if kinds == {int, float}:
        return "DOUBLE"
    if len(kinds) > 1:
        found = " and ".join(sorted(kind.__name__ for kind in kinds))
        raise Error("invalid_argument", f"Column {name!r}: {found} values do not mix.")
    (kind,) = kinds
    present = [value for value in values if value is not None]
    if kind is list:
        return json_type(name, [item for value in present for item in value]) + "[]"
    if kind is dict:
        keys = list(dict.fromkeys(key for value in present for key in value))
        if not keys:
            raise Error("unsupported", f"Column {name!r} has dicts without keys only.")
        fields = (f"{quoted(key)} {json_type(name, [v.get(key) for v in present])}" for key in keys)
        return f"STRUCT({', '.join(fields)})"
    if kind is int and not all(-(2**63) <= value < 2**63 for value in present):
        raise Error("invalid_argument", f"Column {name!r}: an integer has more than 64 bits.")
    return _PLAIN[kind]
