# SPDX-License-Identifier: Apache-2.0
"""A DB-API cursor over one result. Rows come in Arrow batches and become tuples only where tuples
are asked for."""

import itertools
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from dlt.common.libs.pyarrow import pyarrow as pa
from dlt.destinations.sql_client import DBApiCursorImpl

from hotload.dlt.errors import to_dlt
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
        self.schema: pa.Schema | None = None
        if self._reader is not None:
            self.schema = self._reader.schema
            self.description = [
                ColumnDescription(f.name, str(f.type), None, None, None, None, f.nullable)
                for f in self.schema
            ]
        self._rows = self._iter_rows()
        # the batch that rows are taken from, and how many have been
        self._batch: pa.RecordBatch | None = None
        self._taken = 0

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
        batch, self._batch = self._batch, None
        if batch is not None and self._taken < batch.num_rows:
            return batch.slice(self._taken)
        if self._reader is None:
            return None
        try:
            return self._reader.read_next_batch()
        except StopIteration:
            self.close()
            return None
        except (pa.ArrowException, OSError) as problem:
            from hotload._core import error_of_stream

            raise to_dlt(error_of_stream(str(problem))) from problem

    def take(self, rows: int) -> list["pa.RecordBatch"]:
        """The next rows; what is left of a batch is for whoever comes next."""
        taken = []
        while rows > 0 and (batch := self.next_batch()) is not None:
            head = batch.slice(0, rows)
            self._batch, self._taken = batch, head.num_rows
            rows -= head.num_rows
            if head.num_rows:
                taken.append(head)
        return taken

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _iter_rows(self) -> Iterator[tuple[Any, ...]]:
        for batch in self.batches():
            self._batch, self._taken = batch, 0
            for row in iter_rows(batch):
                self._taken += 1
                yield row
                if self._batch is not batch:
                    break


class HotloadCursor(DBApiCursorImpl):
    native_cursor: ResultCursor  # type: ignore[assignment]

    def iter_arrow(self, chunk_size: int | None) -> Generator["pa.Table", None, None]:
        """Tables of `chunk_size` rows, or one of all. An empty result is one typed empty table."""
        schema = self.native_cursor.schema
        if not chunk_size:
            yield pa.Table.from_batches(self.native_cursor.batches(), schema=schema)
            return
        batches = self.native_cursor.take(chunk_size)
        yield pa.Table.from_batches(batches, schema=schema)
        while batches := self.native_cursor.take(chunk_size):
            yield pa.Table.from_batches(batches, schema=schema)
