# SPDX-License-Identifier: Apache-2.0
"""One side of bench/into_server.py: a project that runs with either package.
Arguments: work, "base" or "change", rows in the base, rows of the change. Prints seconds of the
load steps, the peak of memory in bytes, and what dlt, pyarrow and the rows took of it before."""

import json
import resource
import sys
import time
from pathlib import Path

import dlt
import pyarrow as pa
from hotdata_dlt_destination import hotdata

work, part, base, change = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def rows(first, count):
    ids = pa.array(range(first, first + count), pa.int64())
    names = pa.array([f"name {n % 1000}" for n in range(count)])
    return pa.table({"id": ids, "name": names, "price": ids.cast(pa.float64())})


def resources(run):
    """What a run of the work loads."""
    if work == "tables":
        tables = [dlt.resource([rows(0, change)], name=f"t{n}") for n in range(50)]
        return dlt.source(lambda: tables, name="tables")()
    hints = {"write_disposition": "append"}
    if work in ("upsert", "insert-only"):
        merge = {"disposition": "merge", "strategy": work}
        hints = {"write_disposition": merge, "primary_key": "id"}
    if work == "keyless":
        hints = {"write_disposition": "merge"}
    # the latter half of a merge's rows is new
    first = 0 if part == "base" else base - change // 2
    return dlt.resource(
        [rows(first + run * change, base if part == "base" else change)],
        name=work.replace("-", "_"),
        **hints,
    )


def held_now():
    """Memory of this process, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


pipeline = dlt.pipeline(work.replace("-", "_"), destination=hotdata(), pipelines_dir="pipelines")
seconds = 0.0
held = 0
for run in range(20 if work == "small" and part == "change" else 1):
    pipeline.extract(resources(run))
    pipeline.normalize()
    held = held or held_now()
    begin = time.perf_counter()
    pipeline.load()
    seconds += time.perf_counter() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": seconds, "bytes": peak, "held": held}))
