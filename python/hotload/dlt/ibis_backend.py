# SPDX-License-Identifier: Apache-2.0
"""A dataset's tables for ibis. Expressions become SQL of the lake and run when they are executed;
nothing is written through it. One connection, so one thread at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import ibis.backends.sql.compilers as compilers
import ibis.expr.schema as ibis_schema
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import sqlglot.expressions as sge
from ibis.backends import NoUrl
from ibis.backends.sql import SQLBackend
from ibis.common.exceptions import TableNotFound, UnsupportedOperationError
from ibis.formats.pandas import PandasData
from ibis.formats.pyarrow import PyArrowData, PyArrowSchema

import hotload
from hotload.dlt.cursor import HotloadCursor
from hotload.dlt.sql_client import HotloadSqlClient


class HotloadBackend(SQLBackend, NoUrl):
    name = "hotload"
    compiler = compilers.DuckDBCompiler()
    supports_python_udfs = False
    supports_temporary_tables = False

    def do_connect(self, client: HotloadSqlClient) -> None:
        """`client` is opened here, and closed by `disconnect`."""
        self._client = client
        client.open_connection()

    def disconnect(self) -> None:
        self._client.close_connection()

    @property
    def version(self) -> str:
        from importlib.metadata import version

        return version("hotload")

    # What there is

    @property
    def current_database(self) -> str:
        """The dataset. Names without another database mean its tables."""
        return self._client.dataset_name

    def list_databases(self, *, like: str | None = None, catalog: str | None = None) -> list[str]:
        return self._filter_with_like(self._database.list_schemas(), like)

    def list_tables(self, *, like: str | None = None, database: str | None = None) -> list[str]:
        tables = self._database.list_tables(database or self.current_database)
        return self._filter_with_like([table.name for table in tables], like)

    def get_schema(
        self, table_name: str, *, catalog: str | None = None, database: str | None = None
    ) -> ibis_schema.Schema:
        schema = database or self.current_database
        columns = self._database.columns(schema, table_name)
        if columns is None:
            raise TableNotFound(f"There is no table {table_name!r} in {schema!r}.")
        types = self.compiler.type_mapper
        return ibis_schema.Schema(
            {c.name: types.from_string(c.type, nullable=c.nullable) for c in columns}
        )

    def _get_schema_using_query(self, query: str) -> ibis_schema.Schema:
        with self._safe_raw_sql(f"SELECT * FROM ({query.rstrip().rstrip(';')}) LIMIT 0") as cursor:
            return PyArrowSchema.to_ibis(cursor.native_cursor.schema)

    # Execution

    @contextmanager
    def _safe_raw_sql(self, query: str | sge.Expression, **_: Any) -> Iterator[HotloadCursor]:
        text = query if isinstance(query, str) else query.sql(dialect=self.dialect)
        with self._client.execute_query(text) as cursor:
            yield cast(HotloadCursor, cursor)

    def to_pyarrow(
        self,
        expr: ir.Expr,
        /,
        *,
        params: Mapping[ir.Scalar, Any] | None = None,
        limit: int | str | None = None,
        **_: Any,
    ) -> Any:
        self._run_pre_execute_hooks(expr)
        table = expr.as_table()
        with self._safe_raw_sql(self.compile(table, params=params, limit=limit)) as cursor:
            rows = cursor.arrow()
        return expr.__pyarrow_result__(rows)

    def to_pyarrow_batches(
        self,
        expr: ir.Expr,
        /,
        *,
        params: Mapping[ir.Scalar, Any] | None = None,
        limit: int | str | None = None,
        chunk_size: int = 1_000_000,
        **_: Any,
    ) -> pa.RecordBatchReader:
        self._run_pre_execute_hooks(expr)
        table = expr.as_table()
        schema = table.schema()
        statement = self.compile(table, params=params, limit=limit)

        def batches() -> Iterator[pa.RecordBatch]:
            with self._safe_raw_sql(statement) as cursor:
                for chunk in cursor.iter_arrow(chunk_size):
                    yield from PyArrowData.convert_table(chunk, schema).to_batches()

        return pa.RecordBatchReader.from_batches(schema.to_pyarrow(), batches())

    def _fetch_from_cursor(self, cursor: HotloadCursor, schema: ibis_schema.Schema) -> pd.DataFrame:
        return PandasData.convert_table(cursor.arrow().to_pandas(), schema)

    @property
    def _database(self) -> "hotload.Database":
        return self._client.connection.database

    # What a lake gets only through loads

    def create_table(self, *_: Any, **__: Any) -> ir.Table:
        raise self._refusal()

    def create_view(self, *_: Any, **__: Any) -> ir.Table:
        raise self._refusal()

    def drop_table(self, *_: Any, **__: Any) -> None:
        raise self._refusal()

    def drop_view(self, *_: Any, **__: Any) -> None:
        raise self._refusal()

    def insert(self, *_: Any, **__: Any) -> None:
        raise self._refusal()

    def _register_in_memory_table(self, op: Any) -> None:
        raise self._refusal()

    @staticmethod
    def _refusal() -> Exception:
        return UnsupportedOperationError(
            "Through ibis a lake is only read. Load new rows with a pipeline or `Database.load`."
        )
