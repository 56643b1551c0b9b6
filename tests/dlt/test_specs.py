# SPDX-License-Identifier: Apache-2.0
"""dlt's hints as specs of a load. No lake is opened."""

import datetime

import dlt
import pytest
from dlt.common.destination.utils import prepare_load_table
from hotload.destinations import hotload
from hotload.dlt.specs import chain_names, table_spec
from hotload.dlt.types import HotloadTypeMapper
from hotload.values import SortColumn

CREATED = datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.timezone.utc)
CAPS = hotload().capabilities()


def spec_of(columns, nested=False, **hints):
    schema = dlt.Schema("s")
    hints.setdefault("write_disposition", "append")
    named = {name: {"name": name, **column} for name, column in columns.items()}
    schema.update_table({"name": "t", "columns": named, **hints})
    if nested:
        keys = {
            "_dlt_id": {"name": "_dlt_id", "data_type": "text", "row_key": True},
            "_dlt_parent_id": {"name": "_dlt_parent_id", "data_type": "text", "parent_key": True},
            "_dlt_root_id": {"name": "_dlt_root_id", "data_type": "text", "root_key": True},
        }
        schema.update_table({"name": "t__c", "parent": "t", "columns": keys})
    name = "t__c" if nested else "t"
    table = prepare_load_table(schema.tables, schema.get_table(name), CAPS)
    return table_spec(schema, table, CAPS, CREATED)


def test_columns_without_a_type_are_left_out():
    spec = spec_of({"id": {"data_type": "bigint", "nullable": False}, "later": {}})
    assert [(c.name, c.type, c.nullable) for c in spec.columns] == [("id", "BIGINT", False)]


def test_merge_hints():
    spec = spec_of(
        {
            "id": {"data_type": "bigint", "primary_key": True},
            "day": {"data_type": "date", "merge_key": True},
            "at": {"data_type": "timestamp", "dedup_sort": "desc"},
            "gone": {"data_type": "bool", "hard_delete": True},
        },
        write_disposition="merge",
    )
    assert (spec.disposition, spec.strategy) == ("merge", "delete-insert")
    assert (spec.primary_key, spec.merge_key) == (["id"], ["day"])
    assert spec.dedup_sort == [SortColumn("at", True)]
    assert spec.hard_delete == "gone"


def test_hints_of_merging_mean_nothing_to_an_append():
    spec = spec_of({"gone": {"data_type": "bool", "hard_delete": True}}, write_disposition="append")
    assert spec.hard_delete == ""


def test_a_nested_table_names_its_keys():
    columns = {"id": {"data_type": "bigint", "primary_key": True}}
    spec = spec_of(columns, nested=True, write_disposition="merge")
    assert (spec.parent, spec.row_key) == ("t", "_dlt_id")
    assert (spec.parent_key, spec.root_key) == ("_dlt_parent_id", "_dlt_root_id")
    assert spec.disposition == "merge"


def test_scd2_is_bounded_by_the_package():
    spec = spec_of(
        {
            "f": {"data_type": "timestamp", "x-valid-from": True},
            "u": {
                "data_type": "timestamp",
                "x-valid-to": True,
                "x-active-record-timestamp": "9999-12-31",
            },
            "h": {"data_type": "text", "x-row-version": True},
        },
        write_disposition="merge",
        **{"x-merge-strategy": "scd2"},
    )
    assert (spec.scd2.valid_from, spec.scd2.valid_to, spec.scd2.row_version) == ("f", "u", "h")
    assert spec.scd2.boundary == "2026-01-02T03:04:05.000006Z"
    assert spec.scd2.active_marker == "9999-12-31T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("column", "type_name"),
    [
        ({"data_type": "bigint", "precision": 8}, "TINYINT"),
        ({"data_type": "bigint", "precision": 32}, "INTEGER"),
        ({"data_type": "bigint", "precision": 100}, "DECIMAL(38,0)"),
        ({"data_type": "timestamp", "timezone": False, "precision": 3}, "TIMESTAMP_MS"),
        ({"data_type": "timestamp", "timezone": False, "precision": 9}, "TIMESTAMP_NS"),
        ({"data_type": "timestamp"}, "TIMESTAMP WITH TIME ZONE"),
        ({"data_type": "decimal"}, "DECIMAL(38,9)"),
        ({"data_type": "decimal", "precision": 10, "scale": 2}, "DECIMAL(10,2)"),
        ({"data_type": "wei"}, "DECIMAL(38,0)"),
        ({"data_type": "json"}, "VARCHAR"),
    ],
)
def test_types(column, type_name):
    mapper = HotloadTypeMapper(CAPS)
    assert mapper.to_destination_type({"name": "c", **column}, {"name": "t"}) == type_name


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [
        ("DECIMAL(38,9)", {"data_type": "decimal", "precision": 38, "scale": 9}),
        ("DECIMAL(38,0)", {"data_type": "wei", "precision": 38, "scale": 0}),
        ("TIMESTAMP WITH TIME ZONE", {"data_type": "timestamp"}),
        ("STRUCT(a BIGINT)", {"data_type": "text"}),
    ],
)
def test_types_back(type_name, expected):
    assert HotloadTypeMapper(CAPS).from_destination_type(type_name, None, None) == expected


def test_a_chain_holds_what_a_merge_concerns():
    schema = dlt.Schema("s")
    seen = {"x-normalizer": {"seen-data": True}}
    schema.update_table({"name": "t", "columns": {}, "write_disposition": "merge", **seen})
    schema.update_table({"name": "t__a", "parent": "t", "columns": {}, **seen})
    schema.update_table({"name": "t__never", "parent": "t", "columns": {}})
    schema.update_table({"name": "u", "columns": {}, "write_disposition": "append", **seen})
    schema.update_table({"name": "u__a", "parent": "u", "columns": {}, **seen})
    assert chain_names(schema, ["t", "u"]) == ["t", "t__a", "u"]
    assert chain_names(schema, ["u__a"]) == ["u", "u__a"]
