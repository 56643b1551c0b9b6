# SPDX-License-Identifier: Apache-2.0
"""A DB-API cursor over one result. Rows come in Arrow batches and become tuples only where tuples
are asked for."""

import itertools
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from dlt.common.libs.pyarrow import pyarrow as pa
from dlt.destinations.sql_client import DBApiCursorImpl

from hotload.dlt.errors import to_dlt
from hotload.error import Error
from hotload.rows import iter_rows

if TYPE_CHECKING:
    from hotload import Result


class ColumnDescription(NamedTuple):
    """The seven fields of the DB-API."""

    name: str
    type_code: str
    display_size: int | None
    internal_size: int | None
    precision: int | None
    scale: int | None
    null_ok: bool


class ResultCursor:
    """The native cursor. `result` is None for a statement that returns no rows."""

    def __init__(self, result: Optional["Result"]) -> None:
        self._reader = pa.RecordBatchReader.from_stream(result) if result is not None else None
        self.description = None
        if self._reader is not None:
            self.description = [
                ColumnDescription(f.name, str(f.type), None, None, None, None, f.nullable)
                for f in self._reader.schema
            ]
        self._rows = self._iter_rows()

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        return list(itertools.islice(self._rows, size))

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)

    def batches(self) -> Iterator["pa.RecordBatch"]:
        """The rows that no fetch has taken yet, batch by batch."""
        while (batch := self.next_batch()) is not None:
            yield batch

    def next_batch(self) -> Optional["pa.RecordBatch"]:
        if self._reader is None:
            return None
        try:
            return self._reader.read_next_batch()
        except StopIteration:
            return None
        except (pa.ArrowException, OSError) as problem:
            # the C stream carries no code: what a running query reports is its own fault
            raise to_dlt(Error("invalid_argument", str(problem))) from problem

    @property
    def schema(self) -> "pa.Schema":
        return self._reader.schema

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _iter_rows(self) -> Iterator[tuple[Any, ...]]:
        for batch in self.batches():
            yield from iter_rows(batch)


class HotloadCursor(DBApiCursorImpl):
    native_cursor: ResultCursor  # type: ignore[assignment]

    def iter_arrow(self, chunk_size: int | None) -> Generator["pa.Table", None, None]:
        """Tables of `chunk_size` rows, or one of all. An empty result is one typed empty table."""
        schema = self.native_cursor.schema
        if not chunk_size:
            yield pa.Table.from_batches(self.native_cursor.batches(), schema=schema)
            return
        pending: list[pa.RecordBatch] = []
        pending_rows, any_yielded = 0, False
        for batch in self.native_cursor.batches():
            while pending_rows + batch.num_rows >= chunk_size:
                head = batch.slice(0, chunk_size - pending_rows)
                yield pa.Table.from_batches([*pending, head], schema=schema)
                batch = batch.slice(head.num_rows)
                pending, pending_rows, any_yielded = [], 0, True
            if batch.num_rows:
                pending.append(batch)
                pending_rows += batch.num_rows
        if pending or not any_yielded:
            yield pa.Table.from_batches(pending, schema=schema)
