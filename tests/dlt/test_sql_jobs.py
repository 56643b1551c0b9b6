# SPDX-License-Identifier: Apache-2.0
"""SQL jobs of a package (.sql files) are a part of its one commit."""

import gzip
import os
from pathlib import Path

import hotload as core
import pytest
from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.pipeline.exceptions import PipelineStepFailed
from hotload.dlt.client import HotloadClient

PLACES = ("folder", "server")


@pytest.fixture
def with_sql(pipeline):
    """Makes a package of rows {id: 0..4} in `t`, and puts SQL jobs into it."""

    def make(*statements, packed=False, disposition="append"):
        rows = [{"id": i} for i in range(5)]
        pipeline.extract(rows, table_name="t", write_disposition=disposition)
        pipeline.normalize()
        (load_id,) = pipeline.list_normalized_load_packages()
        storage = pipeline._get_load_storage().normalized_packages
        folder = storage.storage.make_full_path(
            storage.get_job_state_folder_path(load_id, "new_jobs")
        )
        for sql in statements:
            file_id = ParsedLoadJobFileName.new_file_id()
            path = os.path.join(folder, f"t.{file_id}.0.sql" + (".gz" if packed else ""))
            text = sql.encode()
            Path(path).write_bytes(gzip.compress(text) if packed else text)
        return load_id

    return make


def history(lake):
    with core.open_workspace(lake) as workspace:
        return workspace.open_database("main").history()


@pytest.mark.folder
def test_sql_runs_after_the_rows_of_its_package(pipeline, query, with_sql, lake):
    load_id = with_sql("UPDATE t SET id = id + 100 WHERE id > 2;\nDELETE FROM t WHERE id = 0;")
    pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(1,), (103,), (104,), (2,)]
    (receipt,) = (r for r in history(lake) if r.key.load_id == load_id)
    snapshots = query(pipeline, "SELECT max(snapshot_id) FROM main.snapshots()")
    assert snapshots == [(receipt.snapshot,)]


def test_sql_is_invisible_before_the_commit_and_runs_once(pipeline, query, with_sql, monkeypatch):
    pipeline.run([{"id": 50}], table_name="t")
    with_sql("INSERT INTO t (id, _dlt_load_id, _dlt_id) SELECT id + 1000, 'x', 'x' FROM t")
    with monkeypatch.context() as patch:
        patch.setattr(HotloadClient, "complete_load", lambda self, load_id: 1 / 0)
        with pytest.raises(PipelineStepFailed):
            pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(50,)]
    pipeline.load()
    expected = [(i,) for i in (0, 1, 2, 3, 4, 50)]
    assert query(pipeline, "SELECT id FROM t WHERE id < 1000") == expected
    assert query(pipeline, "SELECT count(*) FROM t WHERE id >= 1000") == [(6,)]


def test_sql_that_the_lake_lost_runs_all_the_same(pipeline, query, with_sql, lake, monkeypatch):
    with_sql("DELETE FROM t WHERE id < 3")
    with monkeypatch.context() as patch:
        patch.setattr(HotloadClient, "complete_load", lambda self, load_id: 1 / 0)
        with pytest.raises(PipelineStepFailed):
            pipeline.load()
    with core.open_workspace(lake) as workspace:
        database = workspace.open_database("main")
        (pending,) = database.pending_loads()
        database.open_load(pending.key).abort()
        database.close()
    pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(3,), (4,)]


def test_packed_sql(pipeline, query, with_sql):
    with_sql("DELETE FROM t WHERE id < 3", packed=True)
    pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(3,), (4,)]


@pytest.mark.parametrize("sql", ["DELET FROM t", "DELETE FROM t; COMMIT", "ATTACH 'x.db'"])
def test_sql_that_no_load_can_run_fails_its_job(pipeline, query, with_sql, sql):
    load_id = with_sql(sql)
    with pytest.raises(PipelineStepFailed) as failure:
        pipeline.load()
    assert "terminally" in str(failure.value)
    assert query(pipeline, "SELECT id FROM t") == []
    (failed,) = pipeline.list_failed_jobs_in_package(load_id) or [None]
    assert failed is None or failed.job_file_info.file_format == "sql"


def test_sql_that_fails_leaves_nothing_of_its_package(pipeline, query, with_sql):
    pipeline.run([{"id": 50}], table_name="t", write_disposition="replace")
    with_sql("DELETE FROM t WHERE id = 1", "DELETE FROM no_such_table", disposition="replace")
    for _ in range(2):
        with pytest.raises(PipelineStepFailed, match="no_such_table"):
            pipeline.load()
        assert query(pipeline, "SELECT id FROM t") == [(50,)]
    with pipeline.sql_client() as client:
        client.execute_sql("CREATE TABLE no_such_table (a INTEGER)")
    pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(0,), (2,), (3,), (4,)]
