# SPDX-License-Identifier: Apache-2.0
"""Random sequences of loads through dlt, interrupted at random, against rows in memory.

HOTLOAD_TEST_SEQUENCES=2000 runs that many instead of the few that fit into every test run; then the
sequences differ from run to run. `pytest -s` prints what the sequences were made of.
"""

import itertools
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")

import dlt
import hotload as core
from dlt.common.storages.load_storage import LoadStorage
from dlt.pipeline.exceptions import PipelineStepFailed
from hotload.destinations import hotload
from hotload.dlt.client import HotloadClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from loads import NAMES, counts_in_lake, resource_of
from reference import Table

FEW = 14
WANTED = int(os.environ.get("HOTLOAD_TEST_SEQUENCES", FEW))
WAYS = ["append", "replace", "delete-insert", "upsert", "insert-only", "cdc", "scd2"]
INTERRUPTIONS = ["none", "before the commit", "after the commit", "lost before the commit"]
numbers = itertools.count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One lake for all sequences: each has a dataset of its own."""
    folder = tmp_path_factory.mktemp("property")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DLT_DATA_DIR", str(folder / "data"))
        patch.setenv("LOAD__WORKERS", "3")
        yield folder


@pytest.fixture
def coverage(capsys):
    counts = Counter()
    yield counts
    with capsys.disabled():
        print("\n  " + ", ".join(f"{name}: {n}" for name, n in sorted(counts.items())))


@st.composite
def batches(draw, way, hints):
    """One load's rows. Keys repeat within a load only where the disposition allows it."""
    row = st.fixed_dictionaries(
        {
            "id": st.integers(0, 4) if way != "append" else st.integers(0, 1),
            "v": st.sampled_from([None, "a", "b", "Ä'\"\n"]),
            "day": st.sampled_from([None, 1, 2]),
            "tags": st.lists(st.sampled_from(["x", "y"]), max_size=2),
        },
        optional={"extra": st.integers(-1, 1)} if way != "scd2" else {},
    )
    unique = None if way in ("append", "replace", "delete-insert") else lambda row: row["id"]
    least = 0 if way in ("append", "replace") else 1
    rows = draw(st.lists(row, min_size=least, max_size=5, unique_by=unique))
    if way == "scd2":
        for row in rows:
            del row["tags"]
    if hints.get("hard_delete"):
        for row in rows:
            row["gone"] = draw(st.sampled_from([None, False, False, True]))
    if hints.get("dedup_sort"):
        for row, at in zip(rows, draw(st.permutations(range(len(rows)))), strict=True):
            row["at"] = at
    return rows


@st.composite
def sequences(draw, way):
    hints = {}
    if way in ("delete-insert", "upsert", "insert-only", "cdc"):
        hints["primary_key"] = "id"
        if draw(st.booleans()):
            hints["hard_delete"] = "gone"
    if way in ("delete-insert", "cdc") and draw(st.booleans()):
        hints["merge_key"] = "day"
    if way == "delete-insert":
        hints["dedup_sort"] = "at"
    load = st.tuples(batches(way, hints), st.sampled_from(INTERRUPTIONS))
    return hints, draw(st.lists(load, min_size=2, max_size=4))


def run(pipeline, lake, resource, interruption):
    """One load that is broken off, and taken up again."""
    if interruption == "none":
        pipeline.run(resource)
        return
    with pytest.MonkeyPatch.context() as patch:
        if interruption == "after the commit":
            patch.setattr(LoadStorage, "complete_load_package", lambda *_: 1 / 0)
        else:
            patch.setattr(HotloadClient, "complete_load", lambda *_: 1 / 0)
        with pytest.raises(PipelineStepFailed, match="division by zero"):
            pipeline.run(resource)
    if interruption == "lost before the commit":
        with core.open_workspace(lake) as workspace:
            database = workspace.open_database("main")
            for pending in database.pending_loads():
                database.open_load(pending.key).abort()
            database.close()
    pipeline.load()


def count(coverage, loads):
    coverage["sequences"] += 1
    coverage["loads"] += len(loads)
    for rows, interruption in loads:
        coverage[interruption] += 1
        coverage["rows"] += len(rows)
        coverage["rows that delete"] += sum(bool(row.get("gone")) for row in rows)
        coverage["nested rows"] += sum(len(row.get("tags", ())) for row in rows)
        coverage["repeated keys"] += len(rows) - len({row["id"] for row in rows})
        coverage["empty loads"] += not rows


@pytest.mark.parametrize("way", WAYS)
def test_loads_are_what_they_would_be_in_memory(folder, coverage, way):
    lake = str(folder / "x.lake")

    @settings(
        max_examples=max(1, WANTED // len(WAYS)),
        deadline=None,
        database=None,
        derandomize=WANTED == FEW,
        suppress_health_check=list(HealthCheck),
    )
    @given(sequences(way))
    def check(sequence):
        hints, loads = sequence
        name = f"s{next(numbers)}"
        pipeline = dlt.pipeline(
            name,
            destination=hotload(lake),
            dataset_name=name,
            pipelines_dir=str(folder / "pipelines"),
        )
        table = Table(way, **hints)
        for rows, interruption in loads:
            run(pipeline, lake, resource_of(way, hints, rows), interruption)
            table.load(rows)
            assert counts_in_lake(pipeline) == table.counts(NAMES)
        with pipeline.sql_client() as client:
            statuses = client.execute_sql("SELECT load_id, status FROM _dlt_loads")
        assert len(set(statuses)) == len(statuses)
        count(coverage, loads)

    check()
