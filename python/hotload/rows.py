# SPDX-License-Identifier: Apache-2.0
"""Arrow batches as Python rows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    import pyarrow as pa


def iter_rows(batch: Union["pa.RecordBatch", "pa.Table"]) -> Iterator[tuple[Any, ...]]:
    """Rows as tuples. Python's datetime knows microseconds: what is finer is cut."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for column in batch.columns:
        kind = column.type
        if pa.types.is_timestamp(kind) and kind.unit == "ns":
            column = pc.cast(column, pa.timestamp("us", tz=kind.tz), safe=False)
        elif pa.types.is_time64(kind) and kind.unit == "ns":
            column = pc.cast(column, pa.time64("us"), safe=False)
        columns.append(column.to_pylist())
    # zip of no columns has no rows, whatever the batch says
    return iter(zip(*columns, strict=True))
