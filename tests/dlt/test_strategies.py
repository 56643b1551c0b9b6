# SPDX-License-Identifier: Apache-2.0
"""How a load's jobs are run, and models that read another dataset of the lake."""

import dlt
import pytest

PLACES = ("folder", "server")


@pytest.mark.parametrize("strategy", ["parallel", "table-sequential", "sequential"])
def test_each_parallelism_strategy_loads_the_same(make_pipeline, query, monkeypatch, strategy):
    monkeypatch.setenv("LOAD__PARALLELISM_STRATEGY", strategy)
    monkeypatch.setenv("LOAD__WORKERS", "3")
    monkeypatch.setenv("DATA_WRITER__FILE_MAX_ITEMS", "10")
    pipeline = make_pipeline()
    rows = [{"id": i, "tags": [i]} for i in range(45)]
    for table in ("a", "b"):
        pipeline.run(rows, table_name=table, write_disposition="merge", primary_key="id")
        assert query(pipeline, f"SELECT count(*), sum(id) FROM {table}") == [(45, 990)]
        assert query(pipeline, f"SELECT count(DISTINCT value) FROM {table}__tags") == [(45,)]


@pytest.mark.parametrize("disposition", ["append", "replace", "merge"])
def test_a_model_reads_another_dataset_of_the_lake(make_pipeline, query, disposition):
    source = make_pipeline("source", "raw")
    source.run([{"id": i, "kind": "ab"[i % 2]} for i in range(10)], table_name="items")
    target = make_pipeline("target", "mart")

    columns = {"id": {"data_type": "bigint"}, "kind": {"data_type": "text"}}

    @dlt.resource(name="picked", write_disposition=disposition, primary_key="id", columns=columns)
    def picked():
        yield source.dataset()("SELECT id, kind FROM items WHERE kind = 'a'")

    target.run(picked())
    target.run(picked())
    twice = 2 if disposition == "append" else 1
    assert query(target, "SELECT count(*), sum(id) FROM picked") == [(5 * twice, 20 * twice)]
