# SPDX-License-Identifier: Apache-2.0
"""The layout of a resource's table on disk."""

import datetime
from pathlib import Path

import dlt
import hotload as core
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
    """Names are normalized with the columns; a partition has a folder of its own, and the files in
    it are sorted."""
    data = hotload_adapter(
        dlt.resource(ROWS, name="t"),
        partition=["Region", PartitionField("year", "at")],
        sort=[SortColumn("id", descending=True)],
    )
    pipeline.run(data)
    pipeline.run([{"id": 9, "Region": "eu", "at": ROWS[0]["at"]}], table_name="t")
    assert [row[0] for row in query(pipeline, "SELECT id FROM t")] == [0, 1, 2, 3, 9]
    folders = {path.parent.relative_to(lake).parts[-2:] for path in Path(lake).rglob("*.parquet")}
    assert {("region=eu", "year=2026"), ("region=us", "year=2026")} <= folders, folders
    with core.open_workspace(lake) as workspace:
        assert workspace.open_database("main").scrub().findings == []
