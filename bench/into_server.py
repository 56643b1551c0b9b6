# SPDX-License-Identifier: Apache-2.0
"""How long does dlt's load step take into a `hotload serve` with hotload, beside the published
hotdata-dlt-destination 0.17 on the same server, and how much memory does the client need?

Each side has a database of its own on one server; a work's base is loaded by a process before the
one that is measured. HOTLOAD_BENCH_SCALE scales the rows; arguments pick the works.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "clients"), str(ROOT / "tests" / "server")]

SCALE = float(os.environ.get("HOTLOAD_BENCH_SCALE", 1))
PACKAGES = ["hotdata-dlt-destination==0.17.0", "dlt==1.28.2", "sqlglot==28.10.1", "pandas"]
# work: what is said of it, rows in the base, rows of the change
WORKS = {
    "append": ("append 1 M rows", 0, 1_000_000),
    "upsert": ("upsert 50,000 rows into 1 M", 1_000_000, 50_000),
    "keyless": ("merge of 50,000 rows without a key into 1 M", 1_000_000, 50_000),
    "insert-only": ("insert-only of 50,000 rows into 1 M", 1_000_000, 50_000),
    "tables": ("50 tables x 1,000 rows", 0, 1_000),
    "small": ("20 runs of 100 rows", 1_000, 100),
}


def run(python, server, database, folder, work, part, base, change):
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            # ours may come from the sources; the published package never does
            if not name.startswith(
                ("HOTDATA_", "PYTHON") if python != sys.executable else "HOTDATA_"
            )
        },
        "HOTDATA_API_KEY": server.key,
        "HOTDATA_API_BASE_URL": server.url,
        "HOTDATA_DATABASE_ID": database.id,
        "DESTINATION__HOTDATA__WORKSPACE_ID": "ws1",
        "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_ID": str(work == "keyless"),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
    }
    script = ROOT / "bench" / "into_server_project.py"
    command = [python, script, work, part, str(base), str(change)]
    done = subprocess.run(
        command, cwd=folder, env=environment, text=True, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{command}: {done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def main(works: list[str]) -> None:
    from conftest import python_of
    from serving import Server

    pythons = {"ours": sys.executable, "theirs": python_of("dlt", PACKAGES)}
    for work in works or WORKS:
        said, base, change = WORKS[work]
        base, change = int(base * SCALE), max(1, int(change * SCALE))
        found = {}
        with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "root") as server:
            for side, python in pythons.items():
                own = Path(folder) / side
                own.mkdir()
                schemas = [{"name": "public", "tables": []}]
                database = server.create_database(name=side, schemas=schemas)
                if base:
                    run(python, server, database, own, work, "base", base, change)
                found[side] = run(python, server, database, own, work, "change", base, change)
        held = found["ours"]["held"] / (1 << 30)
        memory = f", peak memory of the client, GiB (before the load step: {held:.2f})"
        for what, unit, scale, target in (
            ("", "seconds", 1, 0.333),
            (memory, "bytes", 1 << 30, 0.5),
        ):
            ours, theirs = found["ours"][unit] / scale, found["theirs"][unit] / scale
            line = {
                "work": f"into a server with dlt: {said}{what}",
                "ours_s": round(ours, 4),
                "floor": "hotdata-dlt-destination",
                "floor_s": round(theirs, 4),
                "ratio": round(ours / theirs, 3),
                "target": target,
            }
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
