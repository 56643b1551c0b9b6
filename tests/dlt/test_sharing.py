# SPDX-License-Identifier: Apache-2.0
"""Pipelines and readers in several processes on one lake."""

import subprocess
import sys

import dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed
from hotload.destinations import hotload
from serving import Server

PIPELINE = """
import sys
import dlt
from hotload.destinations import hotload

lake, pipelines, name, runs = sys.argv[1:5]
pipeline = dlt.pipeline(
    name, destination=hotload(lake), dataset_name="d", pipelines_dir=pipelines + name
)
for n in range(int(runs)):
    rows = [{"who": name, "n": n, "i": i, "tags": ["a", "b"]} for i in range(50)]
    pipeline.run(rows, table_name="t")
    if n == 0:
        kept = pipeline.sql_client().open_connection()
        print("ready", flush=True)
print("done", flush=True)
sys.stdin.read()
"""


def start(lake, tmp_path, name, runs):
    return subprocess.Popen(
        [sys.executable, "-c", PIPELINE, lake, str(tmp_path / "of-"), name, str(runs)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_dataset_is_read_while_a_pipeline_loads(lake, tmp_path):
    loading = start(lake, tmp_path, "other", 8)
    try:
        assert loading.stdout.readline() == "ready\n"
        reader = dlt.pipeline(
            "other", destination=hotload(lake), dataset_name="d", pipelines_dir=str(tmp_path / "r")
        )
        reader.sync_destination()
        dataset = reader.dataset()
        seen = set()
        while max(seen, default=0) < 400:
            rows, tags = dataset(
                "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM t__tags)"
            ).fetchall()[0]
            assert rows % 50 == 0
            assert tags == 2 * rows
            seen.add(rows)
        assert len(seen) > 1
        assert dataset["t"].arrow().num_rows == 400
        assert loading.stdout.readline() == "done\n"
        writer = dlt.pipeline(
            "w", destination=hotload(lake), dataset_name="d", pipelines_dir=str(tmp_path / "w")
        )
        with pytest.raises(PipelineStepFailed, match=f"process {loading.pid} .*reads alone"):
            writer.run([{"id": 1}], table_name="u")
    finally:
        loading.stdin.close()
        loading.wait(60)
    # once the holder has ended the pipeline goes on where it was
    writer.run()
    with writer.sql_client() as client:
        assert client.execute_sql("SELECT count(*) FROM u") == [(1,)]
        assert client.execute_sql("SELECT count(*) FROM t") == [(400,)]


def test_through_a_server_many_pipelines_load_at_once(tmp_path):
    lake = str(tmp_path / "served" / "ws1.lake")
    with Server(tmp_path / "served"):
        loading = [start(lake, tmp_path, f"p{n}", 4) for n in range(3)]
        for process in loading:
            process.stdin.close()
        assert [process.wait(200) for process in loading] == [0, 0, 0]
        reader = dlt.pipeline("p0", destination=hotload(lake), dataset_name="d")
        rows = reader.dataset()("SELECT who, count(*), count(DISTINCT n) FROM t GROUP BY who")
        assert sorted(rows.fetchall()) == [(f"p{n}", 200, 4) for n in range(3)]
        loads = reader.dataset()("SELECT count(*) FROM _dlt_loads").fetchall()
        assert loads == [(12,)]
