# SPDX-License-Identifier: Apache-2.0
"""dlt's data types as column types of the lake, and back."""

from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.exceptions import TerminalValueError
from dlt.common.schema.typing import TColumnSchema, TColumnType, TDataType
from dlt.destinations.type_mapping import TypeMapperImpl

_UNBOUND: dict[TDataType, str] = {
    # dlt writes json as text, and its schema remembers what the text is
    "json": "VARCHAR",
    "text": "VARCHAR",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "bigint": "BIGINT",
    "binary": "BLOB",
    "time": "TIME",
}
_BOUNDED: dict[TDataType, str] = {
    "decimal": "DECIMAL(%i,%i)",
    "wei": "DECIMAL(%i,%i)",
}
_BACK: dict[str, TDataType] = {
    "VARCHAR": "text",
    "JSON": "json",
    "UUID": "text",
    "FLOAT": "double",
    "DOUBLE": "double",
    "BOOLEAN": "bool",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp",
    "BLOB": "binary",
    "DECIMAL": "decimal",
    "TIME": "time",
    "TINYINT": "bigint",
    "SMALLINT": "bigint",
    "INTEGER": "bigint",
    "BIGINT": "bigint",
    "UTINYINT": "bigint",
    "USMALLINT": "bigint",
    "UINTEGER": "bigint",
    "UBIGINT": "bigint",
}


class HotloadTypeMapper(TypeMapperImpl):
    sct_to_unbound_dbt = _UNBOUND
    sct_to_dbt = _BOUNDED
    dbt_to_sct = _BACK

    def to_db_integer_type(
        self, column: TColumnSchema, table: PreparedTableSchema | None = None
    ) -> str:
        precision = column.get("precision")
        if precision is None:
            return "BIGINT"
        for bits, name in ((8, "TINYINT"), (16, "SMALLINT"), (32, "INTEGER"), (64, "BIGINT")):
            if precision <= bits:
                return name
        if precision <= 128:
            # Parquet has no wider integer; a value of more than 38 digits fails its job
            return "DECIMAL(38,0)"
        raise TerminalValueError(
            f"Column `{column['name']}`: an integer has at most 128 bits, not {precision}; declare"
            " `text` for larger ones."
        )

    def to_db_datetime_type(
        self, column: TColumnSchema, table: PreparedTableSchema | None = None
    ) -> str | None:
        if column.get("timezone", True):
            return None
        precision = column.get("precision", self.capabilities.timestamp_precision)
        for digits, name in ((0, "TIMESTAMP_S"), (3, "TIMESTAMP_MS"), (6, "TIMESTAMP")):
            if precision <= digits:
                return name
        if precision <= 9:
            return "TIMESTAMP_NS"
        raise TerminalValueError(
            f"Column `{column['name']}`: a timestamp has at most 9 digits after the second, not"
            f" {precision}."
        )

    def from_destination_type(
        self, db_type: str, precision: int | None, scale: int | None
    ) -> TColumnType:
        """`db_type` may carry its precision: "DECIMAL(38,9)"."""
        name, _, rest = db_type.upper().partition("(")
        if name == "DECIMAL":
            if rest:
                precision, scale = (int(n) for n in rest.rstrip(")").split(","))
            if (precision, scale) == self.capabilities.wei_precision:
                return {"data_type": "wei", "precision": precision, "scale": scale}
        return super().from_destination_type(name, precision, scale)
