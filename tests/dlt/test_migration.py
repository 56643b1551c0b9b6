# SPDX-License-Identifier: Apache-2.0
"""A pipeline that goes on in a lake where it was in another destination."""

from pathlib import Path

import dlt
import hotload as core
import pytest
from dlt.destinations import duckdb as duckdb_destination
from dlt.destinations import ducklake, filesystem
from dlt.destinations.impl.ducklake.configuration import DuckLakeCredentials
from hotload.destinations import hotload
from hotload.dlt import take_over

EXTENSION = Path(__file__).parents[2] / ".deps" / "extensions" / "ducklake.duckdb_extension"


@dlt.resource(primary_key="id", write_disposition="merge", columns={"doc": {"data_type": "json"}})
def events(last=dlt.sources.incremental("id", initial_value=0)):  # noqa: B008
    """Each run brings the next three, and one that is there already in another form."""
    for number in range(last.last_value, last.last_value + 4):
        yield {"id": number, "tags": ["a", "b"], "doc": {"n": number}, "at": "2026-01-01T00:00:00Z"}


@pytest.fixture(params=["duckdb", "filesystem", "ducklake"])
def source(request, tmp_path, monkeypatch):
    if request.param == "duckdb":
        return duckdb_destination(str(tmp_path / "x.duckdb"))
    if request.param == "filesystem":
        return filesystem(str(tmp_path / "bucket"))
    import duckdb

    monkeypatch.setenv("HOME", str(tmp_path))
    duckdb.connect().execute(f"INSTALL '{EXTENSION}'")
    catalog = f"duckdb:///{tmp_path / 'x.ducklake'}"
    return ducklake(DuckLakeCredentials("x", catalog=catalog, storage=str(tmp_path / "files")))


def pipeline_into(destination, folder, **options):
    options.setdefault("dataset_name", "d")
    return dlt.pipeline("feed", destination=destination, pipelines_dir=str(folder), **options)


@pytest.mark.parametrize("folder", ["fresh", "pipelines"])
def test_a_pipeline_goes_on_where_it_was(source, lake, tmp_path, query, folder):
    before = pipeline_into(source, tmp_path / "pipelines")
    # a plain folder merges nothing: the first run alone is enough to see what comes along
    before.run(events())
    before.run([{"n": 1}], table_name="other", schema=dlt.Schema("second"))
    loads = query(before, "SELECT load_id, schema_name, status FROM _dlt_loads")

    pipeline = pipeline_into(hotload(lake), tmp_path / folder)
    receipt = take_over(pipeline, source)
    assert {t.table: t.inserted for t in receipt.tables}["events"] == 4
    assert query(pipeline, "SELECT load_id, schema_name, status FROM _dlt_loads") == loads
    assert dlt.current.pipeline() is pipeline

    pipeline.run(events())
    assert query(pipeline, "SELECT id, doc FROM events") == [(n, f'{{"n":{n}}}') for n in range(7)]
    assert query(pipeline, "SELECT count(*) FROM events__tags") == [(14,)]
    assert query(pipeline, "SELECT n FROM other") == [(1,)]
    pipeline.run([{"n": 2}], table_name="other", schema=pipeline.schemas["second"])
    assert query(pipeline, "SELECT n FROM other") == [(1,), (2,)]
    assert pipeline.dataset().events.select("id").max().fetchscalar() == 6


def test_a_dataset_is_taken_over_once(lake, tmp_path, query):
    source = duckdb_destination(str(tmp_path / "x.duckdb"))
    pipeline_into(source, tmp_path / "a", dataset_name="old").run(events())
    pipeline = pipeline_into(hotload(lake), tmp_path / "b")
    receipt = take_over(pipeline, source, dataset_name="old")
    pipeline.run(events())
    assert take_over(pipeline, source, dataset_name="old") == receipt
    assert query(pipeline, "SELECT count(*) FROM events") == [(7,)]


def test_columns_that_dlt_does_not_know_come_along(lake, tmp_path, query):
    source = duckdb_destination(str(tmp_path / "x.duckdb"))
    before = pipeline_into(source, tmp_path / "a")
    before.run([{"id": 1}], table_name="t")
    with before.sql_client() as client:
        client.execute_sql("ALTER TABLE t ADD COLUMN note VARCHAR DEFAULT 'by hand'")
    pipeline = pipeline_into(hotload(lake), tmp_path / "b")
    take_over(pipeline, source)
    pipeline.run([{"id": 2}], table_name="t")
    assert query(pipeline, "SELECT id, note FROM t") == [(1, "by hand"), (2, None)]


def test_what_cannot_be_taken_over_is_told(lake, tmp_path):
    source = duckdb_destination(str(tmp_path / "x.duckdb"))
    pipeline = pipeline_into(hotload(lake), tmp_path / "a")
    with pytest.raises(core.Error, match="no pipeline 'feed' in dataset 'd'"):
        take_over(pipeline, source)
    pipeline_into(source, tmp_path / "b").run(events())
    with pytest.raises(core.Error, match="not into hotload"):
        take_over(pipeline_into(source, tmp_path / "b"), source)
    pipeline = pipeline_into(hotload(lake), tmp_path / "a")
    pipeline.run([{"id": 1}], table_name="t")
    with pytest.raises(core.Error, match="has been loaded into already"):
        take_over(pipeline, source)
