# SPDX-License-Identifier: Apache-2.0
"""How long does dlt's load step take for each disposition, beside dlt's own duckdb and ducklake?

Each destination holds the same base table; then they take turns at the same changes, and the median
of a destination's load steps counts. HOTLOAD_BENCH_SCALE scales the rows; arguments pick the works.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DUCKLAKE = ROOT / ".deps" / "extensions" / "ducklake.duckdb_extension"
SCALE = float(os.environ.get("HOTLOAD_BENCH_SCALE", 1))
ROUNDS = 3


@dataclass
class Work:
    name: str
    disposition: Any
    base: int
    change: int
    target: float = 1.0
    key: str | None = "id"


def merge(strategy: str) -> dict[str, str]:
    return {"disposition": "merge", "strategy": strategy}


WORKS = [
    Work("append", "append", 1_000_000, 200_000, key=None),
    Work("replace", "replace", 1_000_000, 1_000_000, key=None),
    Work("upsert", merge("upsert"), 1_000_000, 100_000),
    Work("insert-only", merge("insert-only"), 1_000_000, 100_000),
    Work("cdc", merge("cdc"), 1_000_000, 1_000_000),
    Work("scd2", merge("scd2"), 200_000, 200_000, 0.5, key=None),
    Work("delete-insert", merge("delete-insert"), 10_000_000, 1_000_000, 0.5),
]


def rows(work: Work, run: int) -> Any:
    """Run 0 is the base; later ones change a stretch of it, for scd2 each twentieth row."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from dlt.sources.helpers.transform import add_row_hash_to_table

    count = int((work.change if run else work.base) * SCALE)
    first = int(work.base * SCALE) * run // 7 if run and work.name not in ("scd2", "cdc") else 0
    ids = pa.array(range(first, first + count), pa.int64())
    value = pa.array([run] * count, pa.int64())
    if work.name == "scd2":
        changed = pa.array([i % 20 == run for i in range(count)])
        value = pc.if_else(changed, value, pa.scalar(0, pa.int64()))
    table = pa.table(
        {
            "id": ids,
            "value": value,
            "amount": pc.divide(pc.cast(ids, pa.float64()), 7.0),
            "name": pc.binary_join_element_wise("name", pc.cast(ids, pa.string()), "-"),
        }
    )
    return add_row_hash_to_table("row_hash")(table) if work.name == "scd2" else table


def destination(name: str, folder: Path) -> Any:
    import dlt
    from dlt.destinations.impl.ducklake.configuration import DuckLakeCredentials

    if name == "hotload":
        return dlt.destination("hotload", credentials=str(folder / "bench.lake"))
    if name == "duckdb":
        return dlt.destinations.duckdb(str(folder / "bench.duckdb"))
    return dlt.destinations.ducklake(
        DuckLakeCredentials(
            "bench",
            catalog=f"duckdb:///{folder / 'bench.ducklake'}",
            storage=str(folder / "files"),
        )
    )


def pipelines(folder: Path) -> dict[str, Any]:
    import dlt

    return {
        name: dlt.pipeline(
            f"bench_{name}",
            destination=destination(name, folder),
            dataset_name="d",
            pipelines_dir=str(folder / "pipelines"),
        )
        for name in ("hotload", "duckdb", "ducklake")
    }


def load_step(pipeline: Any, work: Work, data: Any) -> float:
    """Seconds."""
    import dlt

    pipeline.activate()
    disposition = work.disposition
    if work.name == "scd2":
        disposition = disposition | {"row_version_column_name": "row_hash"}
    resource = dlt.resource(data, name="t", write_disposition=disposition, primary_key=work.key)
    pipeline.extract(resource)
    pipeline.normalize()
    begin = time.perf_counter()
    pipeline.load()
    return time.perf_counter() - begin


def measure(work: Work) -> None:
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        by_name = pipelines(Path(folder))
        for run in range(ROUNDS + 1):
            data = rows(work, run)
            for name, pipeline in by_name.items():
                seconds = load_step(pipeline, work, data)
                if run:
                    times.setdefault(name, []).append(seconds)
    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    better = min("duckdb", "ducklake", key=median.__getitem__)
    change, base = int(work.change * SCALE), int(work.base * SCALE)
    result = {
        "work": f"dlt load step, {work.name}: {change:,} rows into {base:,}",
        "ours_s": round(median["hotload"], 4),
        "floor": f"dlt's {better}",
        "floor_s": round(median[better], 4),
        "ratio": round(median["hotload"] / median[better], 3),
        "target": work.target,
    } | {f"{name}_s": round(median[name], 4) for name in ("duckdb", "ducklake")}
    print(json.dumps(result), flush=True)


def main() -> None:
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")
    import duckdb

    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        duckdb.connect().execute(f"INSTALL '{DUCKLAKE}'")
        for work in WORKS:
            if len(sys.argv) == 1 or work.name in sys.argv[1:]:
                measure(work)


if __name__ == "__main__":
    main()
