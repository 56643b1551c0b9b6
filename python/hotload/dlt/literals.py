# SPDX-License-Identifier: Apache-2.0
"""Values as dlt writes them into insert_values files. Pure: no lake, no I/O."""

from decimal import Decimal
from typing import Any

from dlt.common.data_writers.escape import escape_duckdb_literal


def escape_literal(value: Any) -> Any:
    """The engine gives all rows of VALUES one type, a double as soon as one number has an exponent,
    and rounds where it makes a double of a decimal. So these are text, which is converted to the
    column's type."""
    if isinstance(value, float):
        return f"'{value!r}'"
    if isinstance(value, Decimal):
        return f"'{value:f}'"
    if isinstance(value, str) and "\0" in value:
        # no text of SQL holds it
        parts = (str(escape_duckdb_literal(part)) for part in value.split("\0"))
        return "(" + " || chr(0) || ".join(parts) + ")"
    return escape_duckdb_literal(value)
