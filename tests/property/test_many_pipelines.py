# SPDX-License-Identifier: Apache-2.0
"""Ten pipelines at once in one process, on one lake and dataset. Half of them break off and are
taken up again; the lake must hold exactly what each of them loaded."""

import os
import sys
import threading
from pathlib import Path

import pytest

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")

import dlt
import hotload as core
import pandas  # noqa: F401 - dlt imports it in its threads, and may find it half imported there
from dlt.pipeline.exceptions import PipelineStepFailed
from hotload.destinations import hotload
from hotload.dlt.client import HotloadClient
from hotload.dlt.jobs import StageJob

sys.path.insert(0, str(Path(__file__).parent))
from loads import NAMES, counts_in_lake, resource_of
from reference import Table

KEY = {"primary_key": "id"}
FLAG = {**KEY, "hard_delete": "gone"}
# how each pipeline loads, and where its second load breaks off
PIPELINES = [
    ("append", {}, ""),
    ("append", {}, "before the commit"),
    ("replace", {}, ""),
    ("replace", {}, "after the commit"),
    ("delete-insert", {**FLAG, "dedup_sort": "at"}, ""),
    ("delete-insert", {**FLAG, "dedup_sort": "at", "merge_key": "day"}, "in a job"),
    ("upsert", FLAG, "before the commit"),
    ("insert-only", KEY, "after the commit"),
    ("cdc", KEY, ""),
    ("scd2", {}, ""),
]
LOADS = 3


def batch(way, number, load):
    """Rows that overlap from load to load, other ones for each pipeline."""
    rows = []
    for n in range(20):
        key = n + 7 * load
        row = {"id": key, "v": f"{number}-{load if key % 3 else 0}", "day": key % 4}
        if way != "scd2":
            row["tags"] = ["x", "y"][: (n + load) % 3]
        row |= {"gone": n % 5 == load, "at": n} if way in ("delete-insert", "upsert") else {}
        rows.append(row)
    return rows


class Breaker:
    """Lets the pipelines that shall break off do so once, in their second load."""

    def __init__(self, patch):
        self.armed = {}
        commit, stage = HotloadClient.complete_load, StageJob.run

        def complete_load(client, load_id):
            where = self.armed.pop(client.schema.name, "")
            if where == "before the commit":
                raise RuntimeError(where)
            commit(client, load_id)
            if where:
                raise RuntimeError(where)

        def run(job):
            if self.armed.get(job._schema.name) == "in a job":
                raise RuntimeError("in a job")
            stage(job)

        patch.setattr(HotloadClient, "complete_load", complete_load)
        patch.setattr(StageJob, "run", run)


def load_all(number, way, hints, where, folder, breaker, table):
    name = f"p{number}"
    pipeline = dlt.pipeline(
        name,
        destination=hotload(str(folder / "x.lake")),
        dataset_name="d",
        pipelines_dir=str(folder / name),
    )
    for load in range(LOADS):
        rows = batch(way, number, load)
        resources = [
            resource_of(way, hints, rows, f"t{number}"),
            dlt.resource([{"who": number, "load": load}], name="shared"),
        ]
        if load == 1 and where:
            breaker.armed[name] = where
            with pytest.raises(PipelineStepFailed, match=where):
                pipeline.run(resources)
            breaker.armed.pop(name, None)
            pipeline.load()
        else:
            pipeline.run(resources)
        table.load(rows)
    return pipeline


def test_ten_pipelines_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LOAD__WORKERS", "3")
    monkeypatch.setenv("LOAD__RAISE_ON_MAX_RETRIES", "1")
    breaker = Breaker(monkeypatch)
    tables = [Table(way, **hints) for way, hints, _ in PIPELINES]
    pipelines, problems = {}, []

    def work(number, way, hints, where):
        try:
            arguments = (number, way, hints, where, tmp_path, breaker, tables[number])
            pipelines[number] = load_all(*arguments)
        except BaseException as problem:
            problems.append(f"{number}, {way}: {problem}")

    threads = [
        threading.Thread(target=work, args=(number, *how)) for number, how in enumerate(PIPELINES)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []

    for number, pipeline in pipelines.items():
        found = counts_in_lake(pipeline, f"t{number}")
        assert found == tables[number].counts(NAMES), PIPELINES[number]
    with pipelines[0].sql_client() as client:
        shared = client.execute_sql("SELECT who, load FROM shared")
        loads = client.execute_sql("SELECT schema_name, status FROM _dlt_loads")
    assert sorted(shared) == [(n, load) for n in range(len(PIPELINES)) for load in range(LOADS)]
    assert sorted(loads) == sorted(
        (f"p{n}", 0) for n in range(len(PIPELINES)) for _ in range(LOADS)
    )
    with core.open_workspace(str(tmp_path / "x.lake")) as workspace:
        database = workspace.open_database("main")
        assert database.scrub().findings == []
        assert database.pending_loads() == []
        database.close()
