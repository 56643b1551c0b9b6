# SPDX-License-Identifier: Apache-2.0
"""Ten pipelines in the threads of one process load into one lake, each in its own way, and the
process is killed again and again. Each pipeline goes on where it was; every row is there once."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import dlt
from hotload.destinations import hotload

RUNS = 5
KILLED_AFTER = [5, 0, 8, 2, 5]  # of the ten have loaded
MODES = ["append", "replace", "upsert", "delete-insert", "insert-only"]
NAMES = [f"p{i}" for i in range(10)]

WORKER = """
import json, sys, threading
import dlt
import pyarrow  # dlt imports it in whichever thread comes first, and others find half of it
from hotload.destinations import hotload

LAKE, FOLDER, RUNS, MODES = sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])


class Worker:
    def __init__(self, name, mode):
        self.mode = mode
        self.pipeline = dlt.pipeline(
            name, destination=hotload(LAKE), dataset_name=name, pipelines_dir=FOLDER
        )

    def rows(self):
        merged = self.mode not in ("append", "replace")
        strategy = {"disposition": "merge", "strategy": self.mode}

        @dlt.resource(
            name="t", primary_key="id", write_disposition=strategy if merged else self.mode
        )
        def rows():
            state = dlt.current.source_state()
            number = state.get("number", 0)
            state["number"] = number + 1
            # half of each batch is known from the one before, where there is a key
            start = number * (10 if merged else 20)
            for i in range(start, start + 20):
                yield {"id": i, "run": number, "parts": [number, i]}

        return rows()

    def done(self):
        sources = self.pipeline.state.get("sources", {})
        return sources.get(self.pipeline.pipeline_name, {}).get("number", 0)

    def prepare(self):
        self.pipeline.activate()
        if self.pipeline.has_pending_data:
            print("resumed", self.pipeline.pipeline_name, flush=True)
        elif self.done() < RUNS:
            self.pipeline.extract(self.rows())
            self.pipeline.normalize()

    def load(self):
        self.pipeline.activate()
        if self.pipeline.has_pending_data:
            self.pipeline.load()
            print("loaded", flush=True)


workers = [Worker(f"p{i}", MODES[i % len(MODES)]) for i in range(10)]
for round in range(RUNS + 1):
    for worker in workers:
        worker.prepare()
    print("loading", flush=True)
    threads = [threading.Thread(target=worker.load) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("finished", flush=True)
"""


def expected(mode):
    """{id: the run that it is of}, as the worker's batches make it."""
    table = {}
    for number in range(RUNS):
        if mode == "replace":
            table = {}
        start = number * (20 if mode in ("append", "replace") else 10)
        for i in range(start, start + 20):
            if mode != "insert-only" or i not in table:
                table[i] = number
    return table


def start(lake, folder, output):
    command = [sys.executable, "-c", WORKER, lake, folder, str(RUNS), json.dumps(MODES)]
    return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)


def kill_while_loading(process, output, finished):
    """When so many of the ten have finished: in a load step, since dlt's own working folder does
    not outlive every kill in the other steps. True if the process was still at work."""
    before = output.stat().st_size
    deadline = time.monotonic() + 120
    while process.poll() is None:
        text = output.read_text()[before:]
        if "loading" in text and text.count("loaded") >= finished:
            break
        assert time.monotonic() < deadline, "nothing is loaded"
        time.sleep(0.01)
    process.kill()
    return process.wait() == -signal.SIGKILL


def test_ten_pipelines_that_are_killed(lake, tmp_path):
    output = tmp_path / "output.txt"
    folder = str(tmp_path / "pipelines")
    with output.open("w") as stream:
        for finished in KILLED_AFTER:
            assert kill_while_loading(start(lake, folder, stream), output, finished)
        process = start(lake, folder, stream)
        process.wait(timeout=300)
    text = output.read_text()
    assert process.returncode == 0, text[-3000:]
    assert "finished" in text, text[-3000:]
    assert text.count("resumed") >= len(NAMES) // 2, text
    assert "Traceback" not in text, text[-3000:]

    for i, name in enumerate(NAMES):
        table = expected(MODES[i % len(MODES)])
        pipeline = dlt.pipeline(
            name, destination=hotload(lake), dataset_name=name, pipelines_dir=folder
        )
        with pipeline.sql_client() as client:
            rows = client.execute_sql("SELECT id, run FROM t ORDER BY id")
            parts = client.execute_sql(
                "SELECT t.id, p.value FROM t__parts p JOIN t ON p._dlt_parent_id = t._dlt_id"
                " ORDER BY ALL"
            )
            (orphans,) = client.execute_sql(
                "SELECT count(*) FROM t__parts WHERE _dlt_parent_id NOT IN (SELECT _dlt_id FROM t)"
            )
            (loads,) = client.execute_sql(
                "SELECT count(*), count(DISTINCT load_id) FROM _dlt_loads"
            )
        assert [tuple(row) for row in rows] == sorted(table.items()), name
        whole = sorted((key, value) for key, run in table.items() for value in (run, key))
        assert [tuple(row) for row in parts] == whole, name
        assert tuple(orphans) == (0,), name
        assert tuple(loads) == (RUNS, RUNS), name
    assert not list(Path(folder).glob("*/load/normalized/*"))
