# SPDX-License-Identifier: Apache-2.0
"""Every write disposition and strategy, with nested tables, end to end."""

import dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

PLACES = ("folder", "plain")


def test_append(pipeline, query):
    pipeline.run([{"id": 1, "tags": ["a", "b"]}], table_name="t")
    pipeline.run([{"id": 2, "tags": ["c"]}], table_name="t")
    assert query(pipeline, "SELECT id FROM t") == [(1,), (2,)]
    assert query(pipeline, "SELECT value FROM t__tags") == [("a",), ("b",), ("c",)]


STRATEGIES = ["truncate-and-insert", "insert-from-staging", "staging-optimized"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_replace_empties_nested_tables_too(make_pipeline, query, strategy):
    pipeline = make_pipeline(replace_strategy=strategy)
    pipeline.run([{"id": 1, "tags": ["a"]}], table_name="t", write_disposition="replace")
    pipeline.run([{"id": 2}], table_name="t", write_disposition="replace")
    assert query(pipeline, "SELECT id FROM t") == [(2,)]
    assert query(pipeline, "SELECT value FROM t__tags") == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_replace_by_nothing_empties_the_table(make_pipeline, query, strategy):
    pipeline = make_pipeline(replace_strategy=strategy)

    @dlt.resource(name="t", write_disposition="replace")
    def rows(data):
        yield from data

    pipeline.run(rows([{"id": 1, "tags": ["a"]}]))
    pipeline.run(rows([]))
    assert query(pipeline, "SELECT id FROM t") == []
    assert query(pipeline, "SELECT value FROM t__tags") == []


def test_replace_leaves_other_tables_alone(pipeline, query):
    pipeline.run([{"id": 1}], table_name="a", write_disposition="replace")
    pipeline.run([{"id": 1}], table_name="b", write_disposition="replace")
    assert query(pipeline, "SELECT id FROM a") == [(1,)]


def merge(pipeline, data, strategy="delete-insert", columns=None, name="t", **hints):
    resource = dlt.resource(
        data,
        name=name,
        write_disposition={"disposition": "merge", "strategy": strategy},
        columns=columns,
        **hints,
    )
    return pipeline.run(resource)


@pytest.mark.parametrize("strategy", ["delete-insert", "upsert"])
def test_merge_by_primary_key_takes_nested_rows_along(pipeline, query, strategy):
    first = [{"id": 1, "v": "a", "tags": ["x", "y"]}, {"id": 2, "v": "b", "tags": ["z"]}]
    merge(pipeline, first, strategy, primary_key="id")
    merge(
        pipeline,
        [{"id": 1, "v": "c", "tags": ["q"]}, {"id": 3, "v": "d"}],
        strategy,
        primary_key="id",
    )
    assert query(pipeline, "SELECT id, v FROM t") == [(1, "c"), (2, "b"), (3, "d")]
    assert query(pipeline, "SELECT value FROM t__tags") == [("q",), ("z",)]


@pytest.mark.parametrize("strategy", ["delete-insert", "upsert"])
def test_merge_without_nested_rows_removes_those_of_the_key(pipeline, query, strategy):
    merge(
        pipeline, [{"id": 1, "tags": ["x"]}, {"id": 2, "tags": ["y"]}], strategy, primary_key="id"
    )
    merge(pipeline, [{"id": 1}], strategy, primary_key="id")
    assert query(pipeline, "SELECT value FROM t__tags") == [("y",)]


def test_merge_of_deeper_nesting(pipeline, query):
    row = {"id": 1, "orders": [{"n": 1, "lines": [{"sku": "a"}, {"sku": "b"}]}]}
    merge(pipeline, [row], primary_key="id")
    row["orders"][0]["lines"] = [{"sku": "c"}]
    merge(pipeline, [row], primary_key="id")
    assert query(pipeline, "SELECT n FROM t__orders") == [(1,)]
    assert query(pipeline, "SELECT sku FROM t__orders__lines") == [("c",)]


def test_merge_key_replaces_whole_groups(pipeline, query):
    merge(
        pipeline,
        [{"day": 1, "v": "a"}, {"day": 1, "v": "b"}, {"day": 2, "v": "c"}],
        merge_key="day",
    )
    merge(pipeline, [{"day": 1, "v": "d"}], merge_key="day")
    assert query(pipeline, "SELECT day, v FROM t") == [(1, "d"), (2, "c")]


def test_primary_or_merge_key_matches(pipeline, query):
    keys = {"primary_key": "id", "merge_key": "day"}
    merge(pipeline, [{"id": 1, "day": 1}, {"id": 2, "day": 2}, {"id": 3, "day": 3}], **keys)
    merge(pipeline, [{"id": 1, "day": 2}], **keys)
    assert query(pipeline, "SELECT id, day FROM t") == [(1, 2), (3, 3)]


def test_merge_without_keys_appends(pipeline, query):
    merge(pipeline, [{"id": 1}])
    merge(pipeline, [{"id": 1}])
    assert query(pipeline, "SELECT id FROM t") == [(1,), (1,)]


def test_composite_keys(pipeline, query):
    key = {"primary_key": ["a", "b"]}
    merge(pipeline, [{"a": 1, "b": 1, "v": 1}, {"a": 1, "b": 2, "v": 1}], **key)
    merge(pipeline, [{"a": 1, "b": 2, "v": 2}], **key)
    assert query(pipeline, "SELECT a, b, v FROM t") == [(1, 1, 1), (1, 2, 2)]


@pytest.mark.parametrize(("order", "kept"), [("desc", "new"), ("asc", "old")])
def test_dedup_sort_decides_which_row_stays(pipeline, query, order, kept):
    rows = [
        {"id": 1, "at": 1, "v": "old"},
        {"id": 1, "at": 3, "v": "new"},
        {"id": 1, "at": 2, "v": "mid"},
    ]
    merge(pipeline, rows, columns={"at": {"dedup_sort": order}}, primary_key="id")
    assert query(pipeline, "SELECT v FROM t") == [(kept,)]


def test_duplicates_in_one_load_become_one(pipeline, query):
    merge(pipeline, [{"id": 1, "tags": ["a"]}, {"id": 1, "tags": ["a"]}], primary_key="id")
    assert query(pipeline, "SELECT id FROM t") == [(1,)]
    assert query(pipeline, "SELECT value FROM t__tags") == [("a",)]


@pytest.mark.parametrize("strategy", ["delete-insert", "upsert"])
def test_hard_delete_by_a_flag(pipeline, query, strategy):
    columns = {"gone": {"hard_delete": True, "data_type": "bool"}}
    options = {"strategy": strategy, "columns": columns, "primary_key": "id"}
    rows = [{"id": 1, "gone": False, "tags": ["a"]}, {"id": 2, "gone": None, "tags": ["b"]}]
    merge(pipeline, rows, **options)
    merge(pipeline, [{"id": 1, "gone": True}], **options)
    assert query(pipeline, "SELECT id FROM t") == [(2,)]
    assert query(pipeline, "SELECT value FROM t__tags") == [("b",)]


def test_hard_delete_by_a_time(pipeline, query):
    columns = {"gone_at": {"hard_delete": True, "data_type": "timestamp"}}
    merge(
        pipeline,
        [{"id": 1, "gone_at": None}, {"id": 2, "gone_at": None}],
        columns=columns,
        primary_key="id",
    )
    merge(
        pipeline, [{"id": 1, "gone_at": "2026-01-01T00:00:00Z"}], columns=columns, primary_key="id"
    )
    assert query(pipeline, "SELECT id FROM t") == [(2,)]


def test_a_latest_row_that_deletes_removes_the_key(pipeline, query):
    columns = {"gone": {"hard_delete": True, "data_type": "bool"}, "at": {"dedup_sort": "desc"}}
    merge(pipeline, [{"id": 1, "gone": False, "at": 1}], columns=columns, primary_key="id")
    rows = [{"id": 1, "gone": True, "at": 3}, {"id": 1, "gone": False, "at": 2}]
    merge(pipeline, rows, columns=columns, primary_key="id")
    assert query(pipeline, "SELECT id FROM t") == []


def test_insert_only_keeps_known_keys(pipeline, query):
    merge(pipeline, [{"id": 1, "v": "a", "tags": ["x"]}], "insert-only", primary_key="id")
    rows = [{"id": 1, "v": "b", "tags": ["x"]}, {"id": 2, "v": "c", "tags": ["y"]}]
    merge(pipeline, rows, "insert-only", primary_key="id")
    assert query(pipeline, "SELECT id, v FROM t") == [(1, "a"), (2, "c")]
    assert query(pipeline, "SELECT value FROM t__tags") == [("x",), ("y",)]


def test_cdc_deletes_what_the_source_lacks(pipeline, query):
    merge(pipeline, [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}], "cdc", primary_key="id")
    merge(pipeline, [{"id": 2, "v": "c"}, {"id": 3, "v": "d"}], "cdc", primary_key="id")
    assert query(pipeline, "SELECT id, v FROM t") == [(2, "c"), (3, "d")]


def test_cdc_stays_within_the_partitions_of_the_source(pipeline, query):
    keys = {"primary_key": "id", "merge_key": "day"}
    rows = [{"id": 1, "day": 1}, {"id": 2, "day": 1}, {"id": 3, "day": 2}]
    merge(pipeline, rows, "cdc", **keys)
    merge(pipeline, [{"id": 1, "day": 1}], "cdc", **keys)
    assert query(pipeline, "SELECT id FROM t") == [(1,), (3,)]


def test_scd2_keeps_versions(pipeline, query):
    merge(pipeline, [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}], "scd2")
    merge(pipeline, [{"id": 1, "v": "c"}, {"id": 2, "v": "b"}], "scd2")
    versions = query(pipeline, "SELECT id, v, _dlt_valid_to IS NULL FROM t")
    assert versions == [(1, "a", False), (1, "c", True), (2, "b", True)]
    (ends,) = query(
        pipeline, "SELECT DISTINCT _dlt_valid_to FROM t WHERE _dlt_valid_to IS NOT NULL"
    )
    (starts,) = query(pipeline, "SELECT _dlt_valid_from FROM t WHERE v = 'c'")
    assert ends == starts


def test_scd2_retires_what_is_absent_and_takes_it_back(pipeline, query):
    merge(pipeline, [{"id": 1}, {"id": 2}], "scd2")
    merge(pipeline, [{"id": 1}], "scd2")
    assert query(pipeline, "SELECT id FROM t WHERE _dlt_valid_to IS NULL") == [(1,)]
    merge(pipeline, [{"id": 1}, {"id": 2}], "scd2")
    assert query(pipeline, "SELECT id, _dlt_valid_to IS NULL FROM t") == [
        (1, True),
        (2, False),
        (2, True),
    ]


def test_scd2_with_merge_key_leaves_absent_keys_active(pipeline, query):
    merge(pipeline, [{"id": 1, "v": 1}, {"id": 2, "v": 1}], "scd2", merge_key="id")
    merge(pipeline, [{"id": 1, "v": 2}], "scd2", merge_key="id")
    assert query(pipeline, "SELECT id, v FROM t WHERE _dlt_valid_to IS NULL") == [(1, 2), (2, 1)]


def test_scd2_with_names_marker_and_boundary(pipeline, query):
    def load(rows, boundary):
        pipeline.run(
            dlt.resource(
                rows,
                name="t",
                write_disposition={
                    "disposition": "merge",
                    "strategy": "scd2",
                    "validity_column_names": ["since", "until"],
                    "active_record_timestamp": "9999-12-31",
                    "boundary_timestamp": boundary,
                },
            )
        )

    load([{"id": 1, "v": "a"}], "2026-01-01T00:00:00Z")
    load([{"id": 1, "v": "b"}], "2026-02-01T00:00:00Z")
    rows = query(pipeline, "SELECT v, since::DATE::VARCHAR, until::DATE::VARCHAR FROM t")
    assert rows == [("a", "2026-01-01", "2026-02-01"), ("b", "2026-02-01", "9999-12-31")]


def test_scd2_nested_rows_are_only_added(pipeline, query):
    merge(pipeline, [{"id": 1, "tags": ["a"]}], "scd2")
    merge(pipeline, [{"id": 1, "tags": ["b"]}], "scd2")
    assert query(pipeline, "SELECT value FROM t__tags") == [("a",), ("b",)]


def test_source_filter_and_scope(pipeline, query):
    def load(rows, **options):
        pipeline.run(
            dlt.resource(
                rows,
                name="t",
                primary_key="id",
                write_disposition={"disposition": "merge", "strategy": "cdc", **options},
            )
        )

    load([{"id": 1, "region": "eu"}, {"id": 2, "region": "us"}, {"id": 3, "region": "eu"}])
    load(
        [{"id": 1, "region": "eu"}, {"id": 4, "region": "skip"}],
        source_filter="region <> 'skip'",
        destination_scope="region = 'eu'",
    )
    assert query(pipeline, "SELECT id FROM t") == [(1,), (2,)]


def test_skip_unchanged_rows(pipeline, query):
    def load(rows):
        pipeline.run(
            dlt.resource(
                rows,
                name="t",
                primary_key="id",
                write_disposition={
                    "disposition": "merge",
                    "strategy": "upsert",
                    "skip_unchanged_rows": True,
                },
            )
        )

    load([{"id": 1, "v": "a"}, {"id": 2, "v": "b"}])
    before = dict(query(pipeline, "SELECT id, _dlt_load_id FROM t"))
    load([{"id": 1, "v": "a"}, {"id": 2, "v": "c"}])
    after = dict(query(pipeline, "SELECT id, _dlt_load_id FROM t"))
    assert after[1] == before[1]
    assert after[2] != before[2]


@pytest.mark.parametrize("strategy", ["upsert", "cdc"])
def test_a_row_has_changed_when_its_own_version_has(pipeline, query, strategy):
    disposition = {
        "disposition": "merge",
        "strategy": strategy,
        "skip_unchanged_rows": True,
        "row_version_column_name": "version",
    }

    def load(rows):
        pipeline.run(dlt.resource(rows, name="t", primary_key="id", write_disposition=disposition))

    load([{"id": n, "v": "old", "version": 1} for n in (1, 2)])
    load([{"id": n, "v": "new", "version": n} for n in (1, 2)])
    assert query(pipeline, "SELECT id, v FROM t") == [(1, "old"), (2, "new")]


def test_a_merge_without_the_key_it_needs_fails_before_loading(pipeline):
    with pytest.raises(PipelineStepFailed):
        merge(pipeline, [{"id": 1}], "upsert")


def test_a_disposition_may_change(pipeline, query):
    pipeline.run([{"id": 1}, {"id": 1}], table_name="t", write_disposition="append")
    merge(pipeline, [{"id": 1}], primary_key="id")
    assert query(pipeline, "SELECT id FROM t") == [(1,)]
    pipeline.run([{"id": 2}], table_name="t", write_disposition="replace")
    assert query(pipeline, "SELECT id FROM t") == [(2,)]


@pytest.mark.parametrize("strategy", ["upsert", "cdc"])
@pytest.mark.parametrize("nested", [False, True])
def test_an_upsert_leaves_columns_alone_that_its_pipeline_does_not_know(
    make_pipeline, query, strategy, nested
):
    """dlt's other destinations update the columns of the pipeline's schema, and no others."""
    first, second = make_pipeline("first"), make_pipeline("second")
    tags = {"tags": ["x"]} if nested else {}
    merge(first, [{"id": n, "a": "old", **tags} for n in (1, 2)], strategy, primary_key="id")
    rows = [{"id": n, "b": f"b{n}"} for n in (1, 2, 3)]
    merge(second, rows, strategy, primary_key="id")
    assert query(first, "SELECT id, a, b FROM t") == [
        (1, "old", "b1"),
        (2, "old", "b2"),
        (3, None, "b3"),
    ]
    rows = [{"id": n, "a": "new", **tags} for n in (2, 3, 4)]
    merge(first, rows, strategy, primary_key="id")
    expected = [(2, "new", "b2"), (3, "new", "b3"), (4, "new", None)]
    if strategy == "upsert":
        expected.insert(0, (1, "old", "b1"))
    assert query(first, "SELECT id, a, b FROM t") == expected
