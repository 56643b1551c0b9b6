# SPDX-License-Identifier: Apache-2.0
"""What does a server cost beside the same work in one process? A 500 MB Parquet file uploaded and
loaded beside `cp` and adopting it; 10 M rows read as Arrow over HTTP beside reading them in the
process; small queries one after the other; the latency of small queries of 32 clients at once.

HOTLOAD_BENCH_SCALE scales file, rows and seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "server"))

SCALE = float(os.environ.get("HOTLOAD_BENCH_SCALE", 1))
ROUNDS = 3
SMALL = "SELECT count(*) FROM small WHERE id < 7"


def report(work: str, ours: float, floor: str, floor_s: float, target: float | None) -> None:
    line = {
        "work": work,
        "ours_s": round(ours, 5),
        "floor": floor,
        "floor_s": round(floor_s, 5),
        "ratio": round(ours / floor_s, 3),
        "target": target,
    }
    print(json.dumps(line), flush=True)


def seconds(run: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def make_file(path: Path) -> None:
    """Numbers at random, which no codec makes smaller: 24 bytes a row."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    random = np.random.default_rng(1)
    rows = int(500e6 * SCALE / 24)
    columns = {name: random.integers(0, 1 << 62, rows) for name in ("a", "b", "c")}
    pq.write_table(pa.table(columns), path, use_dictionary=False, compression="none")


def load_file(database: Any, file: Path, name: str) -> None:
    from hotload import LoadKey, TableSpec

    load = database.open_load(LoadKey("main", "", name))
    load.declare([TableSpec(name)])
    load.stage_file(name, "job", file, immutable=True)
    load.commit()
    load.close()


def cp_and_adopt(database: Any, file: Path, name: str) -> None:
    copied = file.parent / f"{name}.parquet"
    shutil.copyfile(file, copied)
    with copied.open("rb") as written:
        os.fsync(written.fileno())
    load_file(database, copied, name)


def bench_upload(there: Any, here: Any, folder: Path) -> None:
    file = folder / "numbers.parquet"
    make_file(file)
    ours, floor = [], []
    for name in ("first", "second", "third"):
        ours.append(seconds(lambda n=name: load_file(there, file, n)))
        floor.append(seconds(lambda n=name: cp_and_adopt(here, file, n)))
    work = "upload and load of a 500 MB Parquet file on a server"
    report(work, min(ours), "cp + adopt", min(floor), round(1 / 0.7, 2))


def read_all(database: Any) -> None:
    import pyarrow as pa

    rows = 0
    for batch in pa.RecordBatchReader.from_stream(database.query("SELECT * FROM big")):
        rows += batch.num_rows
    assert rows == int(10_000_000 * SCALE)


def bench_result(there: Any, here: Any) -> None:
    sql = (
        f"CREATE TABLE big AS SELECT range AS id, range % 1000 AS k, range / 4 AS price,"
        f" 'name ' || range % 1000 AS name FROM range({int(10_000_000 * SCALE)})"
    )
    for database in (there, here):
        with database.open_session(schema="main") as session:
            session.query(sql).close()
    times = {place: [] for place in ("there", "here")}
    for _ in range(ROUNDS):
        times["there"].append(seconds(lambda: read_all(there)))
        times["here"].append(seconds(lambda: read_all(here)))
    work = "10 M rows x 4 columns as Arrow over HTTP"
    report(work, min(times["there"]), "in the process", min(times["here"]), 2.0)


class Asker:
    """Asks a small query on a connection that is kept."""

    def __init__(self, server: Any, database: Any) -> None:
        self.connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.body = json.dumps({"sql": SMALL, "database_id": database.id})
        self.headers = {
            "Authorization": f"Bearer {server.key}",
            "X-Workspace-Id": "ws1",
            "Content-Type": "application/json",
        }

    def ask(self) -> int:
        self.connection.request("POST", "/v1/query", self.body, self.headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


def bench_small(server: Any, database: Any, there: Any, here: Any) -> None:
    for place in (there, here):
        with place.open_session(schema="main") as session:
            session.query("CREATE TABLE small AS SELECT range AS id FROM range(1000)").close()
    asker = Asker(server, database)
    assert asker.ask() == 200
    times = [seconds(asker.ask) for _ in range(max(20, int(500 * SCALE)))]
    with here.open_session(schema="main", read_only=True) as session:
        inside = [seconds(lambda: session.query(SMALL).fetchall()) for _ in range(len(times))]
    ours, floor = statistics.median(times), statistics.median(inside)
    work = f"a small query over HTTP, {1 / ours:,.0f} a second on one connection"
    report(work, ours, "in the process", floor, None)


def bench_latency(server: Any, database: Any) -> None:
    times: list[float] = []
    until = time.monotonic() + max(1.0, 10 * SCALE)

    def client() -> None:
        asker = Asker(server, database)
        while time.monotonic() < until:
            begin = time.perf_counter()
            if asker.ask() == 200:
                times.append(time.perf_counter() - begin)

    threads = [threading.Thread(target=client) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    at = {share: times[int(len(times) * share)] for share in (0.5, 0.95, 0.99)}
    work = f"small queries of 32 clients at once, 99th percentile (95th {at[0.95]:.3f} s)"
    report(work, at[0.99], "median", at[0.5], None)


def main() -> None:
    import hotload
    from serving import KEY, Server

    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        with (
            Server(folder / "root") as server,
            hotload.open_workspace(folder / "local.lake") as lake,
            hotload.open_workspace(server.url, api_key=KEY) as workspace,
        ):
            database = server.create_database(name="bench")
            there = workspace.open_database("bench")
            here = lake.open_or_create_database("bench")
            bench_upload(there, here, folder)
            bench_result(there, here)
            bench_small(server, database, there, here)
            bench_latency(server, database)


if __name__ == "__main__":
    main()
