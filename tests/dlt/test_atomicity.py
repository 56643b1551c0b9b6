# SPDX-License-Identifier: Apache-2.0
"""A load package is one commit: nothing of it before, all of it after, once."""

import threading
from pathlib import Path

import dlt
import hotload as core
import pytest
from dlt.common.storages.load_storage import LoadStorage
from dlt.pipeline.exceptions import PipelineStepFailed
from hotload.dlt.client import HotloadClient


class Crash(Exception):
    pass


@pytest.fixture
def crash_before_commit(monkeypatch):
    """complete_load fails as long as this is in force."""

    def crash(self, load_id):
        raise Crash("before the commit")

    patch = pytest.MonkeyPatch()
    patch.setattr(HotloadClient, "complete_load", crash)
    yield patch
    patch.undo()


def history(lake):
    with core.open_workspace(lake) as workspace:
        return workspace.open_database("main").history()


def test_a_package_is_one_snapshot(pipeline, lake):
    pipeline.run([{"id": 1}], table_name="u")
    pipeline.run([{"id": 1, "tags": ["x"], "deep": [{"d": [1]}]}], table_name="t")
    packages = [r for r in history(lake) if r.key.schema_name == "p"]
    assert len(packages) == 2
    assert {t.table for t in packages[0].tables} >= {"t", "t__tags", "t__deep__d", "_dlt_loads"}


def test_rows_are_invisible_before_the_commit(pipeline, query, crash_before_commit):
    with pytest.raises(PipelineStepFailed):
        pipeline.run([{"id": 1}], table_name="t")
    # the new table is there, its rows are not, and the load is not counted
    assert query(pipeline, "SELECT id FROM t") == []
    assert query(pipeline, "SELECT * FROM _dlt_loads") == []
    crash_before_commit.undo()
    pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(1,)]
    assert len(query(pipeline, "SELECT * FROM _dlt_loads")) == 1


def test_truncation_is_invisible_before_the_commit(pipeline, query, monkeypatch):
    pipeline.run([{"id": 1}], table_name="t", write_disposition="replace")
    with monkeypatch.context() as patch:
        patch.setattr(HotloadClient, "complete_load", lambda self, load_id: 1 / 0)
        with pytest.raises(PipelineStepFailed):
            pipeline.run([{"id": 2}], table_name="t", write_disposition="replace")
    assert query(pipeline, "SELECT id FROM t") == [(1,)]
    pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(2,)]


@pytest.mark.parametrize("refresh", ["drop_sources", "drop_data"])
def test_a_refresh_is_invisible_before_the_commit(pipeline, query, monkeypatch, refresh):
    pipeline.run([{"id": 1, "old": True}], table_name="t")
    with monkeypatch.context() as patch:
        patch.setattr(HotloadClient, "complete_load", lambda self, load_id: 1 / 0)
        with pytest.raises(PipelineStepFailed):
            pipeline.run([{"id": 2, "new": True}], table_name="t", refresh=refresh)
    assert query(pipeline, "SELECT id, old FROM t") == [(1, True)]
    pipeline.load()
    assert query(pipeline, "SELECT id, new FROM t") == [(2, True)]


def test_a_crash_after_the_commit_does_not_load_twice(pipeline, query, monkeypatch):
    def crash(self, load_id, aborted):
        raise Crash("after the commit")

    with monkeypatch.context() as patch:
        patch.setattr(LoadStorage, "complete_load_package", crash)
        with pytest.raises(PipelineStepFailed):
            pipeline.run([{"id": 1}], table_name="t")
    assert query(pipeline, "SELECT id FROM t") == [(1,)]
    pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(1,)]
    assert len(query(pipeline, "SELECT * FROM _dlt_loads")) == 1


def test_a_commit_that_fails_at_first_counts_the_load_once(pipeline, query, monkeypatch):
    native = core.Load.commit

    class FailsOnce:
        calls = 0

    def commit(self):
        FailsOnce.calls += 1
        if FailsOnce.calls == 1:
            raise core.Error("conflict", "another writer committed first", True)
        return native(self)

    monkeypatch.setattr(core.Load, "commit", commit)
    with pytest.raises(PipelineStepFailed):
        pipeline.run([{"id": 1}], table_name="t")
    pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(1,)]
    assert len(query(pipeline, "SELECT * FROM _dlt_loads")) == 1


def lose_pending_load(lake):
    with core.open_workspace(lake) as workspace:
        database = workspace.open_database("main")
        (pending,) = database.pending_loads()
        database.open_load(pending.key).abort()
        database.close()


@pytest.mark.parametrize("disposition", ["append", "replace"])
def test_jobs_that_the_lake_lost_are_staged_again(pipeline, query, lake, monkeypatch, disposition):
    rows = [{"id": 1, "tags": ["a"]}]
    with monkeypatch.context() as patch:
        patch.setattr(HotloadClient, "complete_load", lambda self, load_id: 1 / 0)
        with pytest.raises(PipelineStepFailed):
            pipeline.run(rows, table_name="t", write_disposition=disposition)
    lose_pending_load(lake)
    pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(1,)]
    assert query(pipeline, "SELECT value FROM t__tags") == [("a",)]


@pytest.mark.parametrize("refresh", ["drop_sources", "drop_data"])
def test_a_refresh_that_the_lake_lost_is_repeated(pipeline, query, lake, monkeypatch, refresh):
    pipeline.run([{"id": 1, "old": True}], table_name="t")
    with monkeypatch.context() as patch:
        patch.setattr(HotloadClient, "complete_load", lambda self, load_id: 1 / 0)
        with pytest.raises(PipelineStepFailed):
            pipeline.run([{"id": 2}], table_name="t", refresh=refresh)
    lose_pending_load(lake)
    pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(2,)]
    versions = query(pipeline, "SELECT version_hash FROM _dlt_version WHERE schema_name = 'p'")
    assert len(versions) == 1


def test_a_failing_job_keeps_the_whole_package_out(pipeline, query):
    pipeline.run([{"id": 1}], table_name="good")

    @dlt.source
    def both():
        return (
            dlt.resource([{"id": 2}], name="good"),
            dlt.resource([{"id": 3}], name="bad"),
        )

    pipeline.extract(both())
    pipeline.normalize()
    packages = Path(pipeline.working_dir, "load", "normalized")
    (broken,) = packages.glob("*/new_jobs/bad.*")
    broken.write_bytes(b"PAR1 broken PAR1")
    with pytest.raises(PipelineStepFailed, match=r"bad\."):
        pipeline.load()
    assert query(pipeline, "SELECT id FROM good") == [(1,)]
    assert query(pipeline, "SELECT id FROM bad") == []
    assert query(pipeline, "SELECT * FROM _dlt_loads WHERE schema_name = 'both'") == []


def test_many_jobs_at_once(make_pipeline, query, monkeypatch):
    monkeypatch.setenv("DATA_WRITER__FILE_MAX_ITEMS", "100")
    monkeypatch.setenv("DATA_WRITER__BUFFER_MAX_ITEMS", "100")
    pipeline = make_pipeline()
    pipeline.run(({"id": i} for i in range(3000)), table_name="t")
    assert query(pipeline, "SELECT count(*), count(DISTINCT id) FROM t") == [(3000, 3000)]


def test_two_pipelines_at_once(make_pipeline, query):
    """In threads, on the same lake and dataset, into tables of their own and one in common."""
    errors = []

    def run(name):
        try:
            for n in range(3):
                pipeline = make_pipeline(name, pipelines_dir=name)
                pipeline.run([{"who": name, "n": n}], table_name="shared")
                pipeline.run([{"n": n}], table_name=f"own_{name}", write_disposition="replace")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[name]) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [str(error) for error in errors] == []
    pipeline = make_pipeline("one", pipelines_dir="one")
    assert len(query(pipeline, "SELECT who, n FROM shared")) == 6
    assert query(pipeline, "SELECT n FROM own_one") == [(2,)]
    assert query(pipeline, "SELECT n FROM own_two") == [(2,)]


def test_calls_outside_of_a_package_act_at_once(pipeline, query):
    pipeline.run([{"id": 1}, {"id": 2}], table_name="t")
    with pipeline.destination_client() as client:
        client.initialize_storage(truncate_tables=["t"])
        assert client.sql_client.execute_sql("SELECT * FROM t") == []
        client.complete_load("by-hand")
        loads = client.sql_client.execute_sql(
            "SELECT status FROM _dlt_loads WHERE load_id = 'by-hand'"
        )
        assert loads == [(0,)]
        client.drop_tables("t", delete_schema=False)
        assert client.get_storage_table("t") == (False, {})


def test_no_staging_dataset_is_made(pipeline, lake):
    pipeline.run([{"id": 1}], table_name="t", write_disposition="merge", primary_key="id")
    pipeline.run([{"id": 1}], table_name="t", refresh="drop_resources")
    with core.open_workspace(lake) as workspace:
        assert "d_staging" not in workspace.open_database("main").list_schemas()


def test_normalizing_in_other_processes(make_pipeline, query, monkeypatch):
    monkeypatch.setenv("NORMALIZE__WORKERS", "2")
    monkeypatch.setenv("EXTRACT__DATA_WRITER__FILE_MAX_ITEMS", "50")
    monkeypatch.setenv("EXTRACT__DATA_WRITER__BUFFER_MAX_ITEMS", "50")
    pipeline = make_pipeline()
    for _ in range(2):
        pipeline.run(({"id": i, "tags": ["a"]} for i in range(200)), table_name="t")
    assert query(pipeline, "SELECT count(*) FROM t") == [(400,)]
    assert query(pipeline, "SELECT count(*) FROM t__tags") == [(400,)]
