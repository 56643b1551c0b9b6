# SPDX-License-Identifier: Apache-2.0
"""The layout of a resource's table on disk."""

import datetime
from pathlib import Path

import dlt
import hotload as core
import pyarrow.parquet as pq
import pytest
from hotload import PartitionField, SortColumn
from hotload.destinations import hotload_adapter
from hotload.dlt.adapter import partition_of, sort_of

UTC = datetime.timezone.utc
ROWS = [
    {"id": n, "Region": ["eu", "us"][n % 2], "at": datetime.datetime(2026, 1, 1 + n, tzinfo=UTC)}
    for n in (3, 1, 2, 0)
]


def table_of(resource):
    pipeline_schema = dlt.Schema("s")
    schema = resource.compute_table_schema()
    for column in schema["columns"].values():
        column.setdefault("data_type", "bigint")
    pipeline_schema.update_table(schema)
    return pipeline_schema.tables[schema["name"]]


def test_fields_keep_their_order_and_transforms():
    fields = [
        "z",
        PartitionField("month", "at"),
        PartitionField("bucket", "id", 4),
        PartitionField("day", "at"),
    ]
    keys = ["z", SortColumn("at", descending=True), "id"]
    table = table_of(hotload_adapter(dlt.resource([], name="t"), partition=fields, sort=keys))
    assert partition_of(table) == [PartitionField("identity", "z"), *fields[1:]]
    assert sort_of(table) == [SortColumn("z"), SortColumn("at", True), SortColumn("id")]


def test_one_column_needs_no_list():
    table = table_of(hotload_adapter(dlt.resource([], name="t"), partition="a", sort="b"))
    assert partition_of(table) == [PartitionField("identity", "a")]
    assert sort_of(table) == [SortColumn("b")]


def test_hints_of_dlt_itself_count_where_there_is_no_adapter():
    columns = {
        "a": {"partition": True},
        "b": {"sort": True},
        "c": {"cluster": True},
        "d": {"cluster": True, "sort": True},
    }
    table = table_of(dlt.resource([], name="t", columns=columns))
    assert partition_of(table) == [PartitionField("identity", "a")]
    # what is clustered lies together first, and is sorted within
    assert sort_of(table) == [SortColumn("c"), SortColumn("d"), SortColumn("b")]


def test_a_column_that_has_not_come_yet_is_left_out():
    table = table_of(hotload_adapter(dlt.resource([], name="t"), partition=["a", "b"], sort="b"))
    del table["columns"]["b"]["data_type"]
    assert partition_of(table) == [PartitionField("identity", "a")]
    assert sort_of(table) == []


@pytest.mark.parametrize(
    "field",
    [PartitionField("week", "a"), PartitionField("bucket", "a"), PartitionField("day", "a", 2)],
)
def test_what_makes_no_sense_is_refused(field):
    with pytest.raises(ValueError, match="'a'"):
        hotload_adapter([], partition=[field])


def test_data_lie_as_asked(pipeline, query, lake):
    """Names are normalized with the columns; a file holds one partition, and is sorted."""
    data = hotload_adapter(
        dlt.resource(ROWS, name="t"),
        partition=["Region", PartitionField("year", "at")],
        sort=[SortColumn("id", descending=True)],
    )
    pipeline.run(data)
    pipeline.run([{"id": 9, "Region": "eu", "at": ROWS[0]["at"]}], table_name="t")
    assert [row[0] for row in query(pipeline, "SELECT id FROM t")] == [0, 1, 2, 3, 9]
    files = [pq.read_table(path).to_pydict() for path in Path(lake).rglob("data/d/t/*.parquet")]
    assert sorted((sorted(set(file["region"])), file["id"]) for file in files) == [
        (["eu"], [2, 0]),
        (["eu"], [9]),
        (["us"], [3, 1]),
    ]
    assert_sound(lake)


def test_a_partition_may_have_a_value_of_any_length(pipeline, query, lake):
    """Longer than the name of a file may be, also once it is percent-encoded."""
    keys = ["ä" * 100, "x" * 5000, "a/b=c", "", None]
    rows = [{"id": n, "k": key} for n, key in enumerate(keys)]
    data = dlt.resource(rows, name="t", primary_key="id", write_disposition="merge")
    for _ in range(2):
        pipeline.run(hotload_adapter(data, partition="k"))
    assert query(pipeline, "SELECT id, k FROM t") == list(enumerate(keys))
    assert query(pipeline, f"SELECT id FROM t WHERE k = '{keys[0]}'") == [(0,)]
    assert len(list(Path(lake).rglob("data/d/t/*.parquet"))) == 2 * len(keys)
    assert_sound(lake)


def assert_sound(lake):
    with core.open_workspace(lake) as workspace:
        database = workspace.open_database("main")
        assert database.scrub().findings == []
        database.maintain()
        assert database.scrub().findings == []
