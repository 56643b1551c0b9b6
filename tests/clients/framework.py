# SPDX-License-Identifier: Apache-2.0
"""The published hotdata-framework: databases, tables with keys and layouts, loads, indexes, SQL."""

import hotdata_framework
import pyarrow as pa
import pyarrow.parquet as pq
from hotdata_framework import TableSortKey, from_env
from hotdata_framework.health import workspace_health_lines


def parquet(name, rows):
    pq.write_table(pa.Table.from_pylist(rows), name)
    return name


def main():
    client = from_env()
    healthy, lines = workspace_health_lines(client)
    assert healthy, lines
    made = client.create_managed_database("shop", tables=["orders"], keys={"orders": ["id"]})
    assert client.resolve_managed_database("shop").id == made.id
    assert client.resolve_managed_database(made.id).description == "shop"
    assert [d.id for d in client.list_managed_databases()] == [made.id]

    first = parquet("first.parquet", [{"id": i, "total": i * 1.5} for i in range(100)])
    assert client.load_managed_table(made, "orders", file=first).row_count == 100
    change = parquet("change.parquet", [{"id": 99, "total": 0.0}, {"id": 100, "total": 1.0}])
    assert client.load_managed_table(made, "orders", file=change, mode="upsert").row_count == 101
    upload = client.upload_parquet(parquet("gone.parquet", [{"id": 0}, {"id": 1}]))
    for _ in range(2):  # the same upload again is the same load
        done = client.load_managed_table(made, "orders", upload_id=upload, mode="delete")
        assert done.row_count == 99

    client.add_managed_table(
        made, "events", sorted_by=[TableSortKey(column="at", direction="desc")]
    )
    layout = client.managed_table_layout(made, "events")
    assert [(key.column, key.direction) for key in layout.sorted_by] == [("at", "desc")]
    assert [(t.table, t.synced) for t in client.list_managed_tables(made)] == [
        ("events", False),
        ("orders", True),
    ]

    sql = 'SELECT count(*) AS n, sum(total) AS total FROM "default"."public"."orders"'
    answer = client.execute_sql(sql, database="shop")
    expected = sum(i * 1.5 for i in range(2, 99)) + 1.0
    assert answer.to_records() == [{"n": 99, "total": expected}], answer.to_records()
    try:
        client.execute_sql("SELECT * FROM nowhere", database=made)
    except RuntimeError:
        pass
    else:
        raise AssertionError("a table that is not there was read")
    index = client.create_index(made, "orders", columns=["total"], index_type="sorted")
    assert index.status == "ready", index

    client.delete_managed_table(made, "events")
    assert [t.table for t in client.list_managed_tables(made)] == ["orders"]
    client.delete_managed_database(made)
    try:
        client.resolve_managed_database("shop")
    except KeyError:
        pass
    else:
        raise AssertionError("the database is still there")
    print("ok", hotdata_framework.__name__)


if __name__ == "__main__":
    main()
