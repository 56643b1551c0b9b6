# SPDX-License-Identifier: Apache-2.0
"""Datasets as they were."""

import hotload.dlt
import pytest
from dlt.destinations.exceptions import DatabaseTerminalException
from dlt.pipeline.exceptions import PipelineStepFailed

PLACES = ("folder", "server")


@pytest.fixture
def loads(pipeline):
    """Ids of two loads: the second changes a row and adds one, a column and a table."""
    merge = {"table_name": "t", "write_disposition": "merge", "primary_key": "id"}
    first = pipeline.run([{"id": 1, "v": "a", "tags": ["x", "y"]}, {"id": 2, "v": "b"}], **merge)
    second = pipeline.run([{"id": 2, "v": "c", "w": 5}, {"id": 3, "v": "d", "w": 6}], **merge)
    pipeline.run([{"n": 1}], table_name="later")
    return first.loads_ids[0], second.loads_ids[0]


def rows(relation):
    return sorted(relation.select("id", "v").fetchall())


def test_a_dataset_is_read_as_a_load_left_it(pipeline, loads):
    first, second = (hotload.dlt.dataset(pipeline, as_of=load_id) for load_id in loads)
    assert rows(first["t"]) == [(1, "a"), (2, "b")]
    assert rows(second["t"]) == [(1, "a"), (2, "c"), (3, "d")]
    assert first["_dlt_loads"].select("load_id").fetchall() == [(loads[0],)]
    joined = "SELECT count(*) AS n FROM t JOIN t__tags AS g ON g._dlt_parent_id = t._dlt_id"
    assert first(joined).fetchall() == [(2,)]


def test_its_schema_is_that_of_then(pipeline, loads):
    first, second = (hotload.dlt.dataset(pipeline, as_of=load_id) for load_id in loads)
    assert "w" not in first["t"].columns
    assert "w" in second["t"].columns
    assert "later" not in first.tables
    assert "later" in pipeline.dataset().tables
    assert not first.is_same_dataset(pipeline.dataset())


def test_what_never_was_is_an_error(pipeline, loads):
    with pytest.raises(DatabaseTerminalException, match="no load"):
        hotload.dlt.dataset(pipeline, as_of="no such load")["t"].fetchall()


def test_nothing_is_loaded_into_the_past(pipeline, make_pipeline, loads):
    past = make_pipeline("past", as_of=loads[0])
    with pytest.raises(PipelineStepFailed, match="the past"):
        past.run([{"id": 9, "v": "z"}], table_name="t")
    assert len(pipeline.dataset()["t"].fetchall()) == 3
