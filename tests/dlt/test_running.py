# SPDX-License-Identifier: Apache-2.0
"""How pipelines run: killed in the middle of a refresh, watched, with processes that normalize, and
several in one dataset."""

import os
import signal
import subprocess
import sys

import dlt
import pytest
from dlt.common.runtime.collector import DictCollector
from hotload.destinations import hotload

KILLED = """
import sys
import dlt
from hotload.destinations import hotload

@dlt.source
def site(number):
    yield dlt.resource([{"n": number, "sub": [1, 2]}], name="a")
    yield dlt.resource([{"n": number}], name="b")

pipeline = dlt.pipeline(
    "p", destination=hotload(sys.argv[1]), dataset_name="d", pipelines_dir=sys.argv[2]
)
pipeline.run(site(int(sys.argv[3])), refresh=sys.argv[4] or None)
"""
POINTS = ["stage.recorded", "commit.begun", "commit.step:3", "commit.recorded", "commit.committed"]


@pytest.mark.parametrize("refresh", ["drop_sources", "drop_data"])
@pytest.mark.parametrize("point", POINTS)
def test_a_refresh_that_is_killed_is_all_or_nothing(
    lake, tmp_path, make_pipeline, query, point, refresh
):
    def run(number, refresh, **environment):
        return subprocess.run(
            [sys.executable, "-c", KILLED, lake, str(tmp_path / "pipelines"), number, refresh],
            env=os.environ | environment,
            check=False,
            capture_output=True,
            text=True,
        )

    assert run("1", "").returncode == 0
    killed = run("2", refresh, HOTLOAD_FAILPOINT=point)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    pipeline = make_pipeline()
    left = 2 if point == "commit.committed" else 1
    assert query(pipeline, "SELECT n FROM a UNION ALL SELECT n FROM b") == [(left,), (left,)]
    pipeline.load()
    assert query(pipeline, "SELECT n FROM a UNION ALL SELECT n FROM b") == [(2,), (2,)]
    assert query(pipeline, "SELECT value FROM a__sub") == [(1,), (2,)]
    assert len(query(pipeline, "SELECT load_id FROM _dlt_loads")) == 2
    assert not pipeline.has_pending_data


class Counting(DictCollector):
    """Keeps what each step has counted."""

    def __init__(self):
        super().__init__()
        self.steps = {}

    def _start(self, step):
        super()._start(step)
        self.steps[step.partition(" ")[0]] = self.counters


def test_progress_is_told_to_a_collector(lake, tmp_path):
    progress = Counting()
    pipeline = dlt.pipeline("p", destination=hotload(lake), dataset_name="d", progress=progress)
    pipeline.run([{"id": n} for n in range(10)], table_name="t")
    assert progress.steps["Normalize"]["t"] == 10
    assert progress.steps["Load"]["Jobs"] == 2  # the rows and the pipeline's state


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_normalizing_in_processes(make_pipeline, query, monkeypatch, method):
    """The lake is open in this process when the workers are started."""
    monkeypatch.setenv("NORMALIZE__WORKERS", "2")
    monkeypatch.setenv("NORMALIZE__START_METHOD", method)
    monkeypatch.setenv("EXTRACT__DATA_WRITER__FILE_MAX_ITEMS", "50")
    monkeypatch.setenv("EXTRACT__DATA_WRITER__BUFFER_MAX_ITEMS", "50")
    pipeline = make_pipeline()
    pipeline.run([{"id": 0}], table_name="first")
    with pipeline.sql_client() as client:
        client.execute_sql("SELECT 1")
        pipeline.run(({"id": i, "tags": ["a"]} for i in range(200)), table_name="t")
    assert query(pipeline, "SELECT count(*) FROM t") == [(200,)]
    assert query(pipeline, "SELECT count(*) FROM t__tags") == [(200,)]


def test_pipelines_and_schemas_share_a_dataset(make_pipeline, query):
    one, other = make_pipeline("one"), make_pipeline("other")
    one.run([{"id": 1}], table_name="a", schema=dlt.Schema("first"))
    one.run([{"id": 1}], table_name="b", schema=dlt.Schema("second"))
    other.run([{"id": 1}], table_name="c")
    other.run([{"id": 2}], table_name="c", refresh="drop_sources")
    assert query(one, "SELECT id FROM a UNION ALL SELECT id FROM b") == [(1,), (1,)]
    assert query(one, "SELECT DISTINCT schema_name FROM _dlt_version") == [
        ("first",),
        ("other",),
        ("second",),
    ]
    states = "SELECT DISTINCT pipeline_name FROM _dlt_pipeline_state"
    assert query(one, states) == [("one",), ("other",)]
    for pipeline, names in ((one, {"first", "second"}), (other, {"other"})):
        again = make_pipeline(pipeline.pipeline_name, pipelines_dir="fresh")
        again.sync_destination()
        assert set(again.schema_names) == names


def test_storage_that_was_dropped_is_made_again(pipeline, query):
    pipeline.run([{"id": 1, "tags": ["a"]}], table_name="t")
    with pipeline.destination_client() as client:
        client.drop_storage()
        assert not client.is_storage_initialized()
    pipeline.run([{"id": 2, "tags": ["b"]}], table_name="t")
    assert query(pipeline, "SELECT id FROM t") == [(2,)]
    assert query(pipeline, "SELECT value FROM t__tags") == [("b",)]


def test_a_table_dropped_by_hand_is_made_again(pipeline, query):
    """Once the schema has changed: until then dlt knows of no reason to look."""
    pipeline.run([{"id": 1, "tags": ["a"]}], table_name="t")
    with pipeline.sql_client() as client:
        client.execute_sql("DROP TABLE t__tags")
    pipeline.run([{"id": 2, "tags": ["b"], "new": 1}], table_name="t")
    assert query(pipeline, "SELECT id FROM t") == [(1,), (2,)]
    assert query(pipeline, "SELECT value FROM t__tags") == [("b",)]
