# SPDX-License-Identifier: Apache-2.0
"""A staging destination between dlt and the lake: files lie in a folder or bucket first."""

import os
from pathlib import Path

import dlt
import hotload as core
import pytest
from dlt.destinations import filesystem
from dlt.destinations.exceptions import LoadJobTerminalException
from dlt.pipeline.exceptions import PipelineStepFailed
from hotload.destinations import hotload
from hotload.dlt.client import HotloadClient
from hotload.dlt.files import referenced_file
from hotload.dlt.jobs import format_of


@pytest.fixture(params=["folder", "memory"])
def bucket(request, tmp_path):
    """A folder, or a bucket that only fsspec can read."""
    return str(tmp_path / "bucket") if request.param == "folder" else f"memory://{tmp_path.name}"


@pytest.fixture
def make_staged(tmp_path, lake):
    def make(bucket, **options):
        return dlt.pipeline(
            "p",
            destination=hotload(lake, **options),
            staging=filesystem(bucket),
            dataset_name="d",
            pipelines_dir=str(tmp_path / "pipelines"),
        )

    return make


def formats_of(info):
    jobs = info.load_packages[0].jobs["completed_jobs"]
    return {j.job_file_info.file_format for j in jobs if j.job_file_info.table_name == "t"}


def test_parquet_is_preferred(make_staged, query, bucket):
    pipeline = make_staged(bucket)
    info = pipeline.run([{"id": 1, "tags": ["a"]}], table_name="t")
    assert formats_of(info) == {"parquet", "reference"}
    assert query(pipeline, "SELECT id FROM t") == [(1,)]
    assert query(pipeline, "SELECT value FROM t__tags") == [("a",)]
    assert len(query(pipeline, "SELECT * FROM _dlt_loads")) == 1


@pytest.mark.parametrize("file_format", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize("compressed", ["true", "false"])
def test_all_formats(make_staged, query, tmp_path, monkeypatch, file_format, compressed):
    monkeypatch.setenv("NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION", compressed)
    pipeline = make_staged(str(tmp_path / "bucket"))
    rows = [{"id": 1, "name": "ä"}, {"id": 2, "name": None}]
    pipeline.run(rows, table_name="t", loader_file_format=file_format)
    assert query(pipeline, "SELECT id, name FROM t") == [(1, "ä"), (2, None)]


@pytest.mark.parametrize("disposition", ["append", "replace", "merge"])
@pytest.mark.parametrize("truncate", [True, False])
def test_dispositions(make_staged, query, tmp_path, disposition, truncate):
    pipeline = make_staged(
        str(tmp_path / "bucket"), truncate_tables_on_staging_destination_before_load=truncate
    )

    def run(rows):
        pipeline.run(rows, table_name="t", write_disposition=disposition, primary_key="id")

    run([{"id": 1, "v": "a", "tags": ["x"]}, {"id": 2, "v": "b"}])
    run([{"id": 1, "v": "c"}])
    expected = {
        "append": ([(1, "a"), (1, "c"), (2, "b")], [("x",)]),
        "replace": ([(1, "c")], []),
        "merge": ([(1, "c"), (2, "b")], []),
    }[disposition]
    assert query(pipeline, "SELECT id, v FROM t") == expected[0]
    assert query(pipeline, "SELECT value FROM t__tags") == expected[1]


def test_staged_files_stay_as_they_are(make_staged, query, tmp_path):
    """The lake takes copies: a file in the folder may be written over or removed."""
    bucket = tmp_path / "bucket"
    pipeline = make_staged(str(bucket))
    pipeline.run([{"id": 1}], table_name="t")
    (staged,) = bucket.glob("d/t/*.parquet")
    staged.write_bytes(b"something else")
    assert query(pipeline, "SELECT id FROM t") == [(1,)]


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_load_that_failed_is_resumed_once(make_staged, query, lake, monkeypatch, bucket, is_lost):
    pipeline = make_staged(bucket)
    with monkeypatch.context() as patch:
        patch.setattr(HotloadClient, "complete_load", lambda self, load_id: 1 / 0)
        with pytest.raises(PipelineStepFailed):
            pipeline.run([{"id": 1, "tags": ["a"]}], table_name="t")
    assert query(pipeline, "SELECT id FROM t") == []
    if is_lost:
        with core.open_workspace(lake) as workspace:
            database = workspace.open_database("main")
            (pending,) = database.pending_loads()
            database.open_load(pending.key).abort()
            database.close()
    pipeline.load()
    assert query(pipeline, "SELECT id FROM t") == [(1,)]
    assert query(pipeline, "SELECT value FROM t__tags") == [("a",)]


def test_a_bucket_needs_the_staging_destination_that_reads_it(tmp_path):
    reference = tmp_path / "t.f.0.reference"
    reference.write_text("s3://bucket/t/f.parquet")
    with (
        pytest.raises(LoadJobTerminalException, match="s3://bucket"),
        referenced_file(str(reference), None),
    ):
        pass


def test_a_file_whose_format_is_not_to_be_seen():
    assert format_of("t.f.0.reference", "/x/t/f.jsonl.gz") == "jsonl"
    with pytest.raises(LoadJobTerminalException, match=r"end in \.\{ext\}"):
        format_of("t.f.0.reference", "/x/t/f")


def test_a_broken_staged_file_fails_the_load(make_staged, query, tmp_path, monkeypatch):
    from dlt.destinations.impl.filesystem.filesystem import FilesystemLoadJob

    native = FilesystemLoadJob.run

    def run(self):
        native(self)
        if self._parsed_file_name.table_name == "t":
            Path(self.make_remote_path()).write_bytes(b"PAR1 broken PAR1")

    pipeline = make_staged(str(tmp_path / "bucket"))
    with monkeypatch.context() as patch:
        patch.setattr(FilesystemLoadJob, "run", run)
        with pytest.raises(PipelineStepFailed, match=os.sep + "bucket"):
            pipeline.run([{"id": 1}], table_name="t")
    assert query(pipeline, "SELECT id FROM t") == []
