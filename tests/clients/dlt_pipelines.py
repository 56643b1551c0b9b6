# SPDX-License-Identifier: Apache-2.0
"""Pipelines of the published dlt destination: nested data, evolution, merges, incremental state.

Runs in an environment with hotdata-dlt-destination; asserts what is stored after every run.
"""

import os
import shutil

import dlt
from hotdata_dlt_destination import hotdata

URL = os.environ["HOTDATA_API_URL"]
WORKSPACE = os.environ["HOTDATA_WORKSPACE"]
PAIRS = (("id", "integer"),)


def destination(database_id=None, tables=None):
    return hotdata(
        api_base_url=URL,
        workspace_id=WORKSPACE,
        database_id=database_id,
        declared_tables=tables,
    )


def api_get(path):
    import json
    import urllib.request

    request = urllib.request.Request(
        URL + path,
        headers={
            "Authorization": f"Bearer {os.environ['HOTDATA_API_KEY']}",
            "X-Workspace-Id": WORKSPACE,
        },
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def rows(pipeline, sql):
    with pipeline.sql_client() as client, client.execute_query(sql) as cursor:
        return [tuple(row) for row in cursor.fetchall()]


def new_pipeline(name, database_id):
    return dlt.pipeline(name, destination=destination(database_id), pipelines_dir="pipelines")


def first_run():
    """Nested data into a database that the first run makes; its id."""
    orders = [
        {
            "id": 1,
            "customer": {"name": "Ada"},
            "items": [{"sku": "a", "n": 2}, {"sku": "b", "n": 1}],
        },
        {"id": 2, "customer": {"name": "Bob"}, "items": [{"sku": "c", "n": 5}]},
    ]
    pipeline = dlt.pipeline(
        "shop",
        destination=destination(tables=["orders", "orders__items"]),
        pipelines_dir="pipelines",
    )
    pipeline.run(orders, table_name="orders")
    (database,) = api_get("/v1/databases")["databases"]
    return database["id"]


def nested_and_evolution(database_id):
    pipeline = new_pipeline("shop", database_id)
    pipeline.run(
        [
            {
                "id": 3,
                "customer": {"name": "Cy"},
                "items": [{"sku": "d", "n": 1}],
                "note": "new",
                "total": 1.5,
            }
        ],
        table_name="orders",
    )
    assert rows(
        pipeline,
        'SELECT o.id, o.customer__name, i.sku, i.n, o.note FROM "default"."public"."orders" AS o '
        'JOIN "default"."public"."orders__items" AS i ON i._dlt_parent_id = o._dlt_id '
        "ORDER BY o.id, i.sku",
    ) == [
        (1, "Ada", "a", 2, None),
        (1, "Ada", "b", 1, None),
        (2, "Bob", "c", 5, None),
        (3, "Cy", "d", 1, "new"),
    ]
    frame = pipeline.dataset()["orders"].df()
    assert sorted(frame["id"]) == [1, 2, 3]
    counts = dict(pipeline.dataset().row_counts().fetchall())
    assert counts["orders"] == 3
    assert counts["orders__items"] == 4
    assert rows(pipeline, "SELECT status FROM public._dlt_loads") == [(0,), (0,)]


def merges(database_id):
    pipeline = new_pipeline("merging", database_id)
    merge = {
        "table_name": "people",
        "write_disposition": {"disposition": "merge", "strategy": "upsert"},
    }
    pipeline.run([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}], primary_key="id", **merge)
    pipeline.run([{"id": 2, "name": "B"}, {"id": 3, "name": "c"}], primary_key="id", **merge)
    found = rows(pipeline, "SELECT id, name FROM public.people ORDER BY id")
    assert found == [(1, "a"), (2, "B"), (3, "c")]
    pipeline.run([{"id": 9, "name": "only"}], table_name="people", write_disposition="replace")
    assert rows(pipeline, "SELECT id, name FROM public.people") == [(9, "only")]


def state_comes_back(database_id):
    @dlt.resource(name="events", primary_key="id")
    def events(seq=dlt.sources.incremental("seq", initial_value=0)):  # noqa: B008
        yield [{"id": i, "seq": i} for i in range(10 if seq.last_value == 0 else 15)]

    first = new_pipeline("events", database_id)
    first.run(events())
    assert rows(first, "SELECT count(*) FROM public.events") == [(10,)]
    shutil.rmtree("pipelines")
    again = new_pipeline("events", database_id)
    again.run(events())
    assert rows(again, "SELECT count(*), max(seq) FROM public.events") == [(15, 14)]
    states = rows(
        again, "SELECT version FROM public._dlt_pipeline_state WHERE pipeline_name = 'events'"
    )
    assert len(states) == 2


if __name__ == "__main__":
    database_id = first_run()
    nested_and_evolution(database_id)
    merges(database_id)
    state_comes_back(database_id)
    print("ok")
