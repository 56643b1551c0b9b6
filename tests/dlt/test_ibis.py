# SPDX-License-Identifier: Apache-2.0
"""Datasets through ibis: tables that query when they are executed."""

import datetime
import decimal

import pytest

pytest.importorskip("ibis")

from ibis.common.exceptions import TableNotFound, UnsupportedOperationError

UTC = datetime.timezone.utc
ROWS = [
    {"id": i, "kind": "even" if i % 2 == 0 else "odd", "price": decimal.Decimal(i) / 4}
    for i in range(10)
]


@pytest.fixture
def ibis(pipeline):
    pipeline.run(ROWS, table_name="t")
    backend = pipeline.dataset().ibis()
    yield backend
    backend.disconnect()


def test_tables_and_columns(ibis):
    assert ibis.current_database == "d"
    assert {"t", "_dlt_loads"} <= set(ibis.list_tables())
    assert ibis.list_tables(like="^t$") == ["t"]
    assert "d" in ibis.list_databases()
    schema = ibis.table("t").schema()
    assert schema["id"].is_int64()
    assert schema["kind"].is_string()
    assert (schema["price"].precision, schema["price"].scale) == (38, 9)
    assert not schema["_dlt_id"].nullable


def test_a_table_that_is_not_there(ibis):
    with pytest.raises(TableNotFound, match="nothing"):
        ibis.table("nothing")


def test_expressions(ibis):
    t = ibis.table("t")
    some = t.filter(t.id > 3)
    query = some.group_by("kind").agg(n=some.count(), total=some.price.sum())
    assert query.order_by("kind").to_pyarrow().to_pylist() == [
        {"kind": "even", "n": 3, "total": decimal.Decimal("4.5")},
        {"kind": "odd", "n": 3, "total": decimal.Decimal("5.25")},
    ]
    frame = query.order_by("kind").execute()
    assert list(frame.n) == [3, 3]
    assert t.id.max().execute() == 9
    assert t.id.max().to_pyarrow().as_py() == 9
    assert sorted(t.kind.execute().unique()) == ["even", "odd"]


def test_expressions_run_when_they_are_executed(ibis, pipeline):
    count = ibis.table("t").count()
    assert count.execute() == 10
    pipeline.run(ROWS, table_name="t")
    assert count.execute() == 20


def test_batches(ibis):
    t = ibis.table("t").order_by("id").select("id")
    reader = t.to_pyarrow_batches(chunk_size=4)
    assert [batch.num_rows for batch in reader] == [4, 4, 2]
    assert t.to_pyarrow(limit=3).to_pydict() == {"id": [0, 1, 2]}


def test_an_empty_result_has_its_types(ibis):
    t = ibis.table("t")
    table = t.filter(t.id < 0).select("id", "price").to_pyarrow()
    assert table.num_rows == 0
    assert [str(f.type) for f in table.schema] == ["int64", "decimal128(38, 9)"]
    assert len(t.filter(t.id < 0).execute()) == 0


def test_sql_and_joins(ibis):
    t = ibis.sql("SELECT id, kind AS k FROM t WHERE id < 2;")
    assert t.schema()["id"].is_int64()
    joined = t.join(ibis.table("t"), "id").select("id", "k", "price").order_by("id")
    assert [row["k"] for row in joined.to_pyarrow().to_pylist()] == ["even", "odd"]


def test_all_types(pipeline):
    row = {
        "at": datetime.datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
        "day": datetime.date(2026, 1, 2),
        "hour": datetime.time(1, 2, 3),
        "flag": True,
        "bytes": b"\x00\x01",
        "number": 1.5,
    }
    pipeline.run([row], table_name="types")
    backend = pipeline.dataset().ibis()
    t = backend.table("types").select(*row)
    assert t.to_pyarrow().to_pylist() == [row]
    assert t.execute().iloc[0]["number"] == 1.5
    backend.disconnect()


def test_nothing_is_written(ibis):
    with pytest.raises(UnsupportedOperationError):
        ibis.create_table("new", ibis.table("t"))
    with pytest.raises(UnsupportedOperationError):
        ibis.drop_table("t")
    with pytest.raises(UnsupportedOperationError):
        ibis.insert("t", ibis.table("t"))


def test_relations_of_a_dataset_become_tables(pipeline):
    pipeline.run(ROWS, table_name="t")
    t = pipeline.dataset()["t"].to_ibis()
    assert t.filter(t.id > 7).count().execute() == 2
