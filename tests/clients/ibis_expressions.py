# SPDX-License-Identifier: Apache-2.0
"""The published ibis backend (0.6 or 0.7): expressions, compared with ibis on DuckDB."""

import os

import ibis
import pyarrow as pa
from ibis_hotdata import Backend

ORDERS = pa.table(
    {
        "id": [1, 2, 3, 4, 5],
        "who": ["Ada", "Bob", "Ada", None, "Cy"],
        "total": [1.5, 2.5, float("nan"), 4.0, None],
        "at": pa.array([0, 86_400, 172_800, None, 1_000_000], pa.timestamp("s")).cast(
            pa.timestamp("us")
        ),
        "tags": [["a"], ["b", "c"], [], None, ["d"]],
    }
)
PEOPLE = pa.table({"name": ["Ada", "Bob"], "born": [1815, 1906]})


def connect(database_id=None):
    backend = Backend()
    backend.do_connect(
        api_url=os.environ["HOTDATA_API_URL"],
        token=os.environ["HOTDATA_API_KEY"],
        workspace_id=os.environ["HOTDATA_WORKSPACE"],
        database_id=database_id,
    )
    return backend


def expressions(orders, people):
    yield orders.filter(orders.id > 1).select("id", "who", "at").order_by("id")
    yield orders.group_by("who").agg(n=orders.count(), most=orders.id.max()).order_by("who")
    yield orders.join(people, orders.who == people.name).select("id", "born").order_by("id")
    yield orders.select("id", day=orders["at"].date(), year=orders["at"].year()).order_by("id")
    yield orders.select("id", rank=ibis.row_number().over(order_by=orders.id.desc())).order_by("id")
    yield orders.select("id", upper=orders.who.upper(), known=orders.who.notnull()).order_by("id")
    yield orders.aggregate(n=orders.count(), total=orders.id.sum(), mean=orders.id.mean())


def main():
    database = connect().create_database("ibis")
    con = connect(database)
    place = (database, "main")
    orders = con.create_table("orders", ORDERS, database=place)
    people = con.create_table("people", PEOPLE, database=place)
    listed = (con._database_connection_id, "main")
    assert con.list_tables(database=listed) == ["orders", "people"]
    schema = orders.schema()
    assert str(schema["id"]) == "int64"
    assert str(schema["tags"]) == "array<string>"
    assert str(schema["at"]) == "timestamp(6)"

    local = ibis.duckdb.connect()
    reference = expressions(
        local.create_table("orders", ORDERS), local.create_table("people", PEOPLE)
    )
    for ours, theirs in zip(expressions(orders, people), reference, strict=True):
        assert con.to_pyarrow(ours).to_pylist() == local.to_pyarrow(theirs).to_pylist(), ours
    raw = con.sql('SELECT who, count(*) AS n FROM "default"."main"."orders" GROUP BY who')
    assert raw.filter(raw.who == "Ada").execute()["n"].tolist() == [2]

    newer = pa.table({"name": ["Cy"], "born": [2000]})
    people = con.create_table("people", newer, database=place, overwrite=True)
    assert people.execute()["name"].tolist() == ["Cy"]
    if hasattr(con, "create_index"):
        con.create_index("people", "born", name="by_born", index_type="sorted", database=place)
        assert [index["index_name"] for index in con.list_indexes("people", database=place)] == [
            "by_born"
        ]
        con.drop_index("people", "by_born", database=place)
    con.drop_table("people", database=place)
    assert con.list_tables(database=listed) == ["orders"]
    print("ok")


if __name__ == "__main__":
    main()
