# SPDX-License-Identifier: Apache-2.0
"""How long does dlt's load step take with hotload beside dlt's own duckdb destination?

Rows of the speed table: 100 rows with two children, repeated in one process; the webhook payloads
(some 120 tables, first load and again); from the first import to one committed row. Each line also
says dlt's own share: the same step with dlt's dummy destination, which does nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "demo"))

ONE_ROW = """
import dlt, sys
p = dlt.pipeline("one", destination=sys.argv[1], dataset_name="d", pipelines_dir=sys.argv[2])
p.run([{"a": 1}], table_name="t")
"""


def report(work: str, ours: float, floor: float, share: float, target: float) -> None:
    print(
        json.dumps(
            {
                "work": work,
                "ours_s": round(ours, 4),
                "floor": "dlt's duckdb",
                "floor_s": round(floor, 4),
                "ratio": round(ours / floor, 3),
                "target": target,
                "dlt_share_s": round(share, 4),
            }
        ),
        flush=True,
    )


def destination(name: str, folder: Path) -> Any:
    import dlt

    if name == "hotload":
        return dlt.destination("hotload", credentials=str(folder / "bench.lake"))
    if name == "duckdb":
        return dlt.destinations.duckdb(str(folder / "bench.duckdb"))
    return dlt.destinations.dummy(completed_prob=1)


def load_steps(name: str, data: Callable[[int], Any], runs: int) -> list[float]:
    """Seconds of each run's load step."""
    import dlt

    times = []
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            f"bench_{name}",
            destination=destination(name, Path(folder)),
            dataset_name="rows",
            pipelines_dir=f"{folder}/pipelines",
        )
        for run in range(runs):
            pipeline.extract(data(run))
            pipeline.normalize()
            begin = time.perf_counter()
            pipeline.load()
            times.append(time.perf_counter() - begin)
    return times


def compare(work: str, data: Callable[[int], Any], runs: int, targets: dict[str, float]) -> None:
    """`targets`: "first" is the first load, "again" the best of the later ones."""
    times = {name: load_steps(name, data, runs) for name in ("hotload", "duckdb", "dummy")}
    for when, target in targets.items():
        pick = (lambda t: t[0]) if when == "first" else (lambda t: min(t[1:]))
        report(
            f"{work}, {when}",
            pick(times["hotload"]),
            pick(times["duckdb"]),
            pick(times["dummy"]),
            target,
        )


def small(run: int) -> Any:
    import dlt

    rows = [
        {
            "id": run * 100 + i,
            "name": f"n{i}",
            "tags": [{"tag": f"t{i}"}],
            "parts": [{"part": i, "weight": i / 7}],
        }
        for i in range(100)
    ]
    return dlt.resource(rows, name="small", write_disposition="append")


def webhook_payloads(run: int) -> Any:
    """The demo's own source: every kind of event and all that is nested in it, merged on a key."""
    from webhooks import webhooks

    return webhooks(Path(os.environ["HOTLOAD_BENCH_WEBHOOKS"]))


def first_row() -> None:
    best: dict[str, float] = {}
    for _ in range(3):
        for name in ("hotload", "duckdb", "dummy"):
            with tempfile.TemporaryDirectory() as folder:
                begin = time.perf_counter()
                subprocess.run(
                    [sys.executable, "-c", ONE_ROW, name, f"{folder}/p"],
                    cwd=folder,
                    check=True,
                    capture_output=True,
                    env={**os.environ, "DESTINATION__DUMMY__COMPLETED_PROB": "1.0"},
                )
                spent = time.perf_counter() - begin
                best[name] = min(best.get(name, spent), spent)
    work = "first import to one committed row in a new process"
    report(work, best["hotload"], best["duckdb"], best["dummy"], 0.8)


def main() -> None:
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")
    compare("dlt load step, 100 rows with two children", small, 8, {"again": 0.7})
    if "HOTLOAD_BENCH_WEBHOOKS" in os.environ:
        targets = {"first": 0.6, "again": 0.6}
        compare("dlt load step, webhook payloads", webhook_payloads, 3, targets)
    first_row()


if __name__ == "__main__":
    main()
